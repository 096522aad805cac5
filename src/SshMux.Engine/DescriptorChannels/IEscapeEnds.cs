namespace SshMux.Engine.DescriptorChannels;

/// <summary>What escapes need of the ends of a session whose user types them. None of it blocks.</summary>
internal interface IEscapeEnds
{
    /// <summary>Shows a text of our own to the user, or drops it if nobody has read much of what came before.</summary>
    void WriteError(string text);

    /// <summary>Ends the session as its user wants it, without waiting for the server.</summary>
    void EndAtOnce(SshException reason);

    /// <summary>Sends no more keys until <see cref="ResumeKeys"/>. To be called from an escape's handler.</summary>
    void PauseKeys();

    /// <summary>Goes on sending keys.</summary>
    void ResumeKeys();
}
