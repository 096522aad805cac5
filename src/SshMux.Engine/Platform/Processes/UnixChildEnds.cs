using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// The descriptors that a program is to have as the standard ones, and the ends here of its pipes. All are closed in the
/// end but what was taken.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixChildEnds : IDisposable
{
    private ChildInput? _inputHere;
    private ChildOutput? _outputHere;
    private Socket? _channelHere;
    private DescriptorHandle? _nothing;

    /// <summary>Opens what a program is to have.</summary>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    public UnixChildEnds(ChildCommand command)
    {
        try
        {
            if (command.PassesDescriptor)
            {
                (_channelHere, var there) = DescriptorPair.CreateSocket();
                (Input, Output) = (there, there);
            }
            else
            {
                Input = command.Input switch
                {
                    ChildStream.Pipe => PipeToChild(),
                    ChildStream.Nothing => Nothing(),
                    _ => null,
                };
                Output = command.Output switch
                {
                    ChildStream.Pipe => PipeFromChild(),
                    ChildStream.Nothing => Nothing(),
                    _ => null,
                };
            }

            Error = command.Error == ChildStream.Nothing ? Nothing() : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Standard input; null: this process's.</summary>
    public DescriptorHandle? Input { get; private set; }

    /// <summary>Standard output; null: this process's.</summary>
    public DescriptorHandle? Output { get; private set; }

    /// <summary>Standard error; null: this process's.</summary>
    public DescriptorHandle? Error { get; }

    /// <summary>Gives the ends here away.</summary>
    public (ChildInput? Input, ChildOutput? Output, Socket? Channel) Take()
    {
        var taken = (_inputHere, _outputHere, _channelHere);
        (_inputHere, _outputHere, _channelHere) = (null, null, null);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Input?.Dispose();
        Output?.Dispose();
        _nothing?.Dispose();
        _inputHere?.Dispose();
        _outputHere?.Dispose();
        _channelHere?.Dispose();
    }

    private DescriptorHandle Nothing() => _nothing ??= DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);

    private DescriptorHandle PipeToChild()
    {
        (Input, var here) = DescriptorPair.CreatePipe();
        _inputHere = new UnixChildInput(here);
        return Input;
    }

    private DescriptorHandle PipeFromChild()
    {
        (var here, Output) = DescriptorPair.CreatePipe();
        _outputHere = new UnixChildOutput(here);
        return Output;
    }
}
