using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Slots;

namespace SshMux.Engine.Channels;

/// <summary>Opens channels of this side (RFC 4254 section 5.1).</summary>
internal sealed class ChannelOpener(ConnectionContext connection)
{
    /// <summary>Opens a channel and waits for the server's answer.</summary>
    /// <param name="type">The channel type.</param>
    /// <param name="purpose">What it is, as a refusal names it to people.</param>
    /// <param name="fields">The encoded fields of the type.</param>
    /// <param name="handler">What stands behind it on this side.</param>
    /// <param name="standing">Whether it counts from the beginning.</param>
    /// <param name="cancellationToken">
    /// Whoever cancels does not wait for the server; the channel is closed should the server still confirm it.
    /// </param>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestTooLong"/>, or why the connection ended.
    /// </exception>
    public async Task<Channel> OpenAsync(
        string type,
        string purpose,
        byte[] fields,
        IChannelHandler handler,
        ChannelStanding standing,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var transport = connection.Transport;
        if (RequestLimit.CheckRequest(type, fields.Length, transport.MaxMessage) is { } refusal) throw refusal;
        var channel = connection.Table.Add(number => new Channel(connection, number, type, purpose, handler), standing);
        transport.Send(new ChannelOpenMessage(
            type, channel.LocalId, ReceiveWindow.InitialSize, ReceiveWindow.MaxPacket, fields));
        await using var registration = cancellationToken
            .UnsafeRegister((state, token) => ((Channel)state!).AbandonOpen(token), channel)
            .ConfigureAwait(false);
        return await channel.Opened.ConfigureAwait(false);
    }
}
