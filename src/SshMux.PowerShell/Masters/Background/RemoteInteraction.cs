using System.Collections.Concurrent;
using SshMux.Engine.Authentication.Interaction;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>
/// In the process of a background master: asks whoever started it. Each question has an id, so that a late answer is
/// never taken for that of another question.
/// </summary>
internal sealed class RemoteInteraction : IUserInteraction
{
    private readonly FrameChannel _channel;
    private readonly Questions _questions;
    private readonly string _jumpHost;

    public RemoteInteraction(FrameChannel channel)
        : this(channel, new Questions(), "")
    {
    }

    private RemoteInteraction(FrameChannel channel, Questions questions, string jumpHost)
    {
        _channel = channel;
        _questions = questions;
        _jumpHost = jumpHost;
    }

    public async ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
    {
        var (id, answer) = _questions.Open();
        await _channel.SendAsync(FrameKind.AskSecret, writer =>
        {
            writer.Write(id);
            writer.Write(_jumpHost);
            writer.Write((int)prompt.Kind);
            writer.Write(prompt.Text);
            writer.Write(prompt.Target);
            writer.Write(prompt.Attempt);
            writer.Write(prompt.Echo);
        }).ConfigureAwait(false);
        return (Secret?)await _questions.WaitAsync(id, answer, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken)
    {
        var (id, answer) = _questions.Open();
        await _channel.SendAsync(FrameKind.AskConfirm, writer =>
        {
            writer.Write(id);
            writer.Write(_jumpHost);
            writer.Write((int)prompt.Kind);
            writer.Write(prompt.Text);
            writer.Write(prompt.Target);
            writer.Write(prompt.ExpectedText ?? "");
        }).ConfigureAwait(false);
        return await _questions.WaitAsync(id, answer, cancellationToken).ConfigureAwait(false) is true;
    }

    public void ShowMessage(string text) => _ = _channel.SendAsync(FrameKind.Message, writer => writer.Write(text));

    public void ShowBanner(string text) => _ = _channel.SendAsync(FrameKind.Banner, writer => writer.Write(text));

    public IUserInteraction ForJumpHost(string host) => new RemoteInteraction(_channel, _questions, host);

    /// <summary>An answer has come.</summary>
    public void Answer(int question, object? answer) => _questions.Answer(question, answer);

    private sealed class Questions
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource<object?>> _open = new();
        private int _last;

        public (int Id, Task<object?> Answer) Open()
        {
            var id = Interlocked.Increment(ref _last);
            var source = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _open[id] = source;
            return (id, source.Task);
        }

        public async Task<object?> WaitAsync(int id, Task<object?> answer, CancellationToken cancellationToken)
        {
            try
            {
                return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _open.TryRemove(id, out _);
            }
        }

        public void Answer(int id, object? answer)
        {
            if (_open.TryRemove(id, out var source)) source.SetResult(answer);
            else (answer as IDisposable)?.Dispose();
        }
    }
}
