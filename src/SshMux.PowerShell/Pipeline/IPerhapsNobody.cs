using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Pipeline;

/// <summary>A user who may not be there.</summary>
internal interface IPerhapsNobody : IUserInteraction
{
    /// <summary>Why a question could not be asked; null if it could, or none came up.</summary>
    string? WhyNobodyIsThere { get; }

    /// <summary>Whether the user has answered the question about a host's key with no.</summary>
    bool HasDeclined { get; }

    /// <summary>Gives, for each further login of a master that was opened for this user, who answers then.</summary>
    Func<IUserInteraction> FurtherLogins { get; }
}
