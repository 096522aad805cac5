using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// A job object, which holds a program and all that it starts: they end with this process, however that ends, because
/// the system closes the job then.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WindowsJob : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>A job without processes.</summary>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    public WindowsJob()
        : base(ownsHandle: true)
    {
        SetHandle(WindowsProcessCalls.CreateJobObject(null, null));

        // A program that says that it wants to outlive us (CREATE_BREAKAWAY_FROM_JOB) may.
        if (IsInvalid || !SetLimits(WindowsProcessCalls.KillOnClose | WindowsProcessCalls.BreakawayAllowed))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Ends all that is in it.</summary>
    public void End() => _ = WindowsProcessCalls.TerminateJobObject(handle, 1);

    /// <summary>Lets what is in it live on.</summary>
    public void Release()
    {
        _ = SetLimits(0);
        Dispose();
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => WindowsProcessCalls.CloseHandle(handle);

    private bool SetLimits(uint flags)
    {
        var limits = new WindowsProcessCalls.JobLimits { Flags = flags };
        return WindowsProcessCalls.SetInformationJobObject(
            handle, WindowsProcessCalls.ExtendedLimits, &limits, sizeof(WindowsProcessCalls.JobLimits));
    }
}
