namespace SshMux.Engine.Transport;

/// <summary>Who keeps parts of received messages for a moment, to do with them at once what else were many steps.</summary>
internal interface IDeliveryHandler
{
    /// <summary>
    /// All that has arrived was delivered. What was kept is lost when this returns. Called on the receive loop, once for
    /// any number of parts; must not block.
    /// </summary>
    void OnDelivered();
}
