namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Who says a setting.</summary>
internal enum SettingSource
{
    /// <summary>The system's file.</summary>
    System,

    /// <summary>The user's file, or the one of <c>-F</c>.</summary>
    User,

    /// <summary>The command line's options (<c>-o</c>).</summary>
    CommandLine,

    /// <summary>The command line's <c>-i</c>.</summary>
    Letter,
}
