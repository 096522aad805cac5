using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// The handles that a program is to have as its standard ones, and the ends here of its pipes. All are closed in the end
/// but what was taken.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsChildEnds : IDisposable
{
    private const int StandardInput = -10; // STD_INPUT_HANDLE
    private const int StandardOutput = -11;
    private const int StandardError = -12;

    private readonly List<SafeFileHandle> _handles = [];
    private ChildInput? _inputHere;
    private ChildOutput? _outputHere;

    /// <summary>Opens what a program is to have.</summary>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    /// <exception cref="IOException">The system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public WindowsChildEnds(ChildCommand command)
    {
        try
        {
            Input = command.Input switch
            {
                ChildStream.Pipe => PipeToChild(),
                ChildStream.Nothing => Nothing(),
                _ => Ours(StandardInput),
            };
            Output = command.Output switch
            {
                ChildStream.Pipe => PipeFromChild(),
                ChildStream.Nothing => Nothing(),
                _ => Ours(StandardOutput),
            };
            Error = command.Error == ChildStream.Nothing ? Nothing() : Ours(StandardError);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Standard input, which programs inherit, as the other two.</summary>
    public nint Input { get; }

    /// <summary>Standard output.</summary>
    public nint Output { get; }

    /// <summary>Standard error.</summary>
    public nint Error { get; }

    /// <summary>Gives the ends here away.</summary>
    public (ChildInput? Input, ChildOutput? Output) Take()
    {
        var taken = (_inputHere, _outputHere);
        (_inputHere, _outputHere) = (null, null);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var handle in _handles) handle.Dispose();
        _inputHere?.Dispose();
        _outputHere?.Dispose();
    }

    private nint PipeToChild()
    {
        var (here, there) = WindowsPipe.Create(PipeDirection.Out);
        _inputHere = new WindowsChildInput(here);
        using (there) return Inheritable(there.SafePipeHandle.DangerousGetHandle());
    }

    private nint PipeFromChild()
    {
        var (here, there) = WindowsPipe.Create(PipeDirection.In);
        _outputHere = new WindowsChildOutput(here);
        using (there) return Inheritable(there.SafePipeHandle.DangerousGetHandle());
    }

    /// <summary>A window of a program without a console has no standard handles: then it is nothing.</summary>
    private nint Ours(int which) =>
        WindowsProcessCalls.GetStdHandle(which) is var handle && handle is not 0 and not -1
            ? Inheritable(handle)
            : Nothing();

    private nint Nothing()
    {
        // Not by .NET, which wants a file to be a file.
        using var nothing = WindowsProcessCalls.CreateFile(
            "NUL",
            WindowsProcessCalls.ReadAndWrite,
            WindowsProcessCalls.ShareReadAndWrite,
            0,
            WindowsProcessCalls.OpenExisting,
            0,
            0);
        if (nothing.IsInvalid) throw new Win32Exception(Marshal.GetLastPInvokeError());
        return Inheritable(nothing.DangerousGetHandle());
    }

    /// <summary>
    /// A copy that programs inherit. Until it is closed any program of this process does that starts its programs without
    /// a list of handles, which is why it is made last and closed at once.
    /// </summary>
    private nint Inheritable(nint handle)
    {
        var here = WindowsProcessCalls.GetCurrentProcess();
        if (!WindowsProcessCalls.DuplicateHandle(
            here, handle, here, out var copy, 0, inherit: true, WindowsProcessCalls.SameAccess))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _handles.Add(copy);
        return copy.DangerousGetHandle();
    }
}
