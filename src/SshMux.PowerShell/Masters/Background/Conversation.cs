using Microsoft.Extensions.Logging;
using SshMux.Engine;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// Answers what the process of a background master asks during its login, and passes on what it says.
/// </summary>
internal sealed class Conversation(FrameChannel channel, IUserInteraction user, ILogger logger)
{
    private readonly Dictionary<string, IUserInteraction> _jumpHosts = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Goes on until the master listens; gives its record, or null if the process has gone.</summary>
    /// <exception cref="SshException">Why there is no master.</exception>
    public async Task<BackgroundRecord?> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is var (kind, body))
            {
                using var reader = FrameChannel.Open(body);
                switch (kind)
                {
                    case FrameKind.AskSecret:
                        _ = AnswerSecretAsync(reader.ReadInt32(), Asked(reader), ReadPrompt(reader), stop.Token);
                        break;
                    case FrameKind.AskConfirm:
                        _ = ConfirmAsync(reader.ReadInt32(), Asked(reader), ReadConfirmPrompt(reader), stop.Token);
                        break;
                    case FrameKind.Message:
                        user.ShowMessage(reader.ReadString());
                        break;
                    case FrameKind.Banner:
                        user.ShowBanner(reader.ReadString());
                        break;
                    case FrameKind.Log:
                        Log((LogLevel)reader.ReadInt32(), reader.ReadString());
                        break;
                    case FrameKind.Ready:
                        return BackgroundRecord.Parse([.. Enumerable.Range(0, 8).Select(_ => reader.ReadString())]);
                    case FrameKind.Failed:
                        var error = reader.ReadString();
                        throw new SshException(
                            Enum.GetValues<SshError>().First(one => one.ToString() == error), reader.ReadString());
                }
            }

            return null;
        }
        finally
        {
            // A question that is still open has lost its asker.
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The next frame; throws if a question could not be asked, for who waits for its answer waits for ever.</summary>
    private async Task<(FrameKind Kind, byte[] Body)?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var receiving = channel.ReceiveAsync(cancellationToken);
        if (await Task.WhenAny(receiving, _failed.Task).ConfigureAwait(false) == _failed.Task)
        {
            await _failed.Task.ConfigureAwait(false);
        }

        return await receiving.ConfigureAwait(false);
    }

    private static SecretPrompt ReadPrompt(BinaryReader reader) => new(
        (SecretKind)reader.ReadInt32(),
        reader.ReadString(),
        reader.ReadString(),
        reader.ReadInt32(),
        reader.ReadBoolean());

    private static ConfirmPrompt ReadConfirmPrompt(BinaryReader reader) => new(
        (ConfirmKind)reader.ReadInt32(),
        reader.ReadString(),
        reader.ReadString(),
        reader.ReadString() is { Length: > 0 } expected ? expected : null);

    /// <summary>Who is asked: what is meant for the host is not for a jump host on the way to it.</summary>
    private IUserInteraction Asked(BinaryReader reader)
    {
        var jumpHost = reader.ReadString();
        if (jumpHost.Length == 0) return user;
        if (!_jumpHosts.TryGetValue(jumpHost, out var asked))
        {
            asked = _jumpHosts[jumpHost] = user.ForJumpHost(jumpHost);
        }

        return asked;
    }

    private async Task AnswerSecretAsync(
        int question, IUserInteraction asked, SecretPrompt prompt, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await asked.AskSecretAsync(prompt, cancellationToken).ConfigureAwait(false);
            await channel.SendSecretAsync(question, answer).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The pipeline ends; the other side sees that.
        }
        catch (Exception e)
        {
            _failed.TrySetException(e);
        }
    }

    private async Task ConfirmAsync(
        int question, IUserInteraction asked, ConfirmPrompt prompt, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await asked.ConfirmAsync(prompt, cancellationToken).ConfigureAwait(false);
            await channel.SendAsync(FrameKind.ConfirmAnswer, writer =>
            {
                writer.Write(question);
                writer.Write(answer);
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // As above.
        }
        catch (Exception e)
        {
            _failed.TrySetException(e);
        }
    }

    private void Log(LogLevel level, string text) =>
        logger.Log(level, default, text, null, static (message, _) => message);
}
