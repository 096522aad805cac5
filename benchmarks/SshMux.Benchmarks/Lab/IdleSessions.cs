using SshMux.Engine.Platform;

namespace SshMux.Benchmarks.Lab;

/// <summary>Sessions of a master that have answered once and then do nothing, until they are disposed.</summary>
internal sealed class IdleSessions(string controlPath) : IAsyncDisposable
{
    private readonly List<(Stream Input, Task Session)> _sessions = [];

    public async Task OpenAsync(int count, CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            var (passedInput, input) = Pipe.ForInput();
            var (passedOutput, output) = Pipe.ForOutput();
            _sessions.Add((input, RunAsync(passedInput, passedOutput, cancellationToken)));

            // It runs when a byte came back.
            await input.WriteAsync(new byte[1], cancellationToken);
            await output.ReadExactlyAsync(new byte[1], cancellationToken);
            await output.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (input, _) in _sessions) await input.DisposeAsync();
        foreach (var (_, session) in _sessions) await session;
    }

    private async Task RunAsync(DescriptorHandle input, DescriptorHandle output, CancellationToken cancellationToken)
    {
        using (input)
        using (output)
        {
            await BareMuxClient.RunAsync(controlPath, "cat", input, output, cancellationToken);
        }
    }
}
