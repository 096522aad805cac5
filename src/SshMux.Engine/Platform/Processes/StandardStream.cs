using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// This process's own standard input and output as one stream, for whoever started it. Disposing it, which ends a pending
/// read and write, leaves the standard ones open.
/// </summary>
internal sealed class StandardStream : UnseekableStream
{
    private readonly ChildOutput _input;
    private readonly ChildInput _output;

    private StandardStream(ChildOutput input, ChildInput output)
    {
        _input = input;
        _output = output;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <summary>Opens it; once a process.</summary>
    /// <exception cref="SshException">Standard input or output is not open, or carries nothing on this system.</exception>
    public static StandardStream Open()
    {
        var (input, output) = StandardPipes.Open();
        return new(input, output);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (await _output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false)) return;
        throw new IOException("nobody reads standard output any more");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _output.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }
}
