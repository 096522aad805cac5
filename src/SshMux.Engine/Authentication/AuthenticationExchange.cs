using System.Security.Cryptography;
using System.Threading.Channels;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>
/// Requests and answers of one login (RFC 4252): it receives from the transport until the server lets the user in, and
/// then gives the transport to <paramref name="successor"/>. One request at a time.
/// </summary>
internal sealed class AuthenticationExchange(
    IMessageTransport transport, AuthenticationOptions options, AttemptReport report, IMessageReceiver successor)
    : IMessageReceiver
{
    private const string AuthenticationService = "ssh-userauth";
    private const string ConnectionService = "ssh-connection";

    // Servers answer one request with one message; more than this in the queue is a flood.
    private const int MaxWaitingMessages = 64;

    // A limit for servers that let us try for ever. OpenSSH's own MaxAuthTries is 6.
    private const int MaxRequests = 200;

    private readonly Channel<byte[]> _received = Channel.CreateBounded<byte[]>(MaxWaitingMessages);
    private volatile bool _requestIsOut;

    /// <summary>How many requests, and rounds of questions, there were.</summary>
    public int Count { get; private set; }

    /// <summary>What the server says to the user.</summary>
    public ServerText Text { get; } = new(options.Interaction);

    void IMessageReceiver.OnMessage(ReadOnlySpan<byte> message)
    {
        var number = message[0];
        if (number == MessageNumber.UserAuthSuccess)
        {
            // Nobody can be logged in before asking: only an attacker who injects messages would say so.
            if (!_requestIsOut) throw SshException.Protocol("the server sent SSH_MSG_USERAUTH_SUCCESS unasked");
            _requestIsOut = false;
            transport.Start(successor);
        }
        else if (number is MessageNumber.UserAuthFailure or MessageNumber.UserAuthInfoRequest)
        {
            // 60 is every method's own next step: in each it is our turn again.
            _requestIsOut = false;
        }
        else if (number is not (MessageNumber.ServiceAccept or MessageNumber.UserAuthBanner))
        {
            throw SshException.Protocol($"the server sent message {number} before the login");
        }

        if (!_received.Writer.TryWrite(message.ToArray()))
        {
            throw SshException.Protocol("the server floods the login with messages");
        }
    }

    void IMessageReceiver.OnWritable()
    {
    }

    void IMessageReceiver.OnEnded(SshException reason) => _received.Writer.TryComplete(reason);

    /// <summary>Asks for the authentication protocol (RFC 4253 section 10).</summary>
    public async Task RequestServiceAsync(CancellationToken cancellationToken)
    {
        var request = new byte[1 + SshWriter.StringLength(AuthenticationService)];
        var writer = new SshWriter(request);
        writer.WriteByte(MessageNumber.ServiceRequest);
        writer.WriteString(AuthenticationService);
        Send(request);
        var reply = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (reply.Number != MessageNumber.ServiceAccept)
        {
            throw SshException.Protocol($"the server answered the service request with message {reply.Number}");
        }
    }

    /// <summary>Sends a request and waits for the answer.</summary>
    public async Task<AuthenticationReply> RequestAsync(
        ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await CountAsync().ConfigureAwait(false);
        SendForAnswer(request.Span);
        return await ReceiveAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a request with a secret in it, waits for the answer, and wipes the request once it is encoded for the
    /// transport.
    /// </summary>
    public Task<AuthenticationReply> RequestAsync(
        Func<Secret, byte[]> encode, Secret secret, CancellationToken cancellationToken)
    {
        var request = encode(secret);
        try
        {
            // Sent before the task is returned.
            return RequestAsync(request, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }
    }

    /// <summary>Notes one more request; throws if the server has had too many.</summary>
    public async ValueTask CountAsync()
    {
        if (++Count > MaxRequests) throw await FailedAsync().ConfigureAwait(false);
    }

    /// <summary>Sends what the server answers; <see cref="ReceiveAsync"/> gets the answer.</summary>
    public void SendForAnswer(ReadOnlySpan<byte> message)
    {
        _requestIsOut = true;
        Send(message);
    }

    /// <summary>The next message that is not a banner.</summary>
    public async Task<AuthenticationReply> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.AnswerTimeout);
        while (true)
        {
            byte[] message;
            try
            {
                message = await _received.Reader.ReadAsync(limit.Token).ConfigureAwait(false);
            }
            catch (ChannelClosedException e) when (e.InnerException is SshException reason)
            {
                throw reason;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new SshException(
                    SshError.ConnectionTimeout,
                    $"{options.User}@{options.Host}: the server did not answer the login within " +
                    $"{options.AnswerTimeout.TotalSeconds} seconds");
            }

            if (message[0] != MessageNumber.UserAuthBanner) return new AuthenticationReply(message);
            Text.ShowBanner(message);
        }
    }

    /// <summary>Why the login failed: if the transport ended meanwhile, that comes first.</summary>
    public async Task<SshException> FailedAsync() =>
        transport.Ended.IsCompleted ? await transport.Ended.ConfigureAwait(false) : report.Failed();

    /// <summary>How long is what <see cref="WriteHead"/> writes, in bytes.</summary>
    public int HeadLength(string method) =>
        1 + SshWriter.StringLength(options.User) + SshWriter.StringLength(ConnectionService)
        + SshWriter.StringLength(method);

    /// <summary>What every SSH_MSG_USERAUTH_REQUEST begins with.</summary>
    public void WriteHead(ref SshWriter writer, string method)
    {
        writer.WriteByte(MessageNumber.UserAuthRequest);
        writer.WriteString(options.User);
        writer.WriteString(ConnectionService);
        writer.WriteString(method);
    }

    private void Send(ReadOnlySpan<byte> message)
    {
        // If the transport has ended, receiving tells why.
        _ = transport.Send(new RawMessage(message));
    }
}
