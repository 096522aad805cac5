namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>In what two readers of a configuration do not agree.</summary>
internal enum DisagreementKind
{
    /// <summary>One takes it, the other does not.</summary>
    Refusal,

    /// <summary>Both refuse it, but name another file and line as the first that is wrong.</summary>
    Place,

    /// <summary>A keyword has other values, or only one of them has it.</summary>
    Values,

    /// <summary>The lines are the same in another order.</summary>
    Order,
}
