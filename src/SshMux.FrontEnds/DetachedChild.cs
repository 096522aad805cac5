using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Mono.Unix.Native;
using SshMux.Engine;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Processes;

namespace SshMux.FrontEnds;

/// <summary>
/// A process that is to outlive this one, and that this one talks to until it stands on its own. It is in a session of
/// its own from its first moment, without a terminal, and of this process it has the environment, the current directory
/// and one socket, nothing else.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class DetachedChild
{
    /// <summary>The descriptor that is the new process's end of the channel.</summary>
    internal const int ChannelDescriptor = ProcessSpawn.ChannelDescriptor;

    private const int MaxErrorLength = 4096;

    private readonly UnixChildProcess _process;
    private readonly Task<string> _errorOutput;

    private DetachedChild(UnixChildProcess process, Socket channel, DescriptorReader error)
    {
        _process = process;
        Channel = channel;
        _errorOutput = ReadAsync(error);
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>
    /// This end of the socket between the two, which is the caller's. Either side sees the end of the other.
    /// </summary>
    public Socket Channel { get; }

    /// <summary>Starts a program, found on PATH if its name has no slash.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments, which every user of the machine can read.</param>
    /// <param name="variables">Environment variables that it has beyond, or in place of, this process's:
    /// NAME=value.</param>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static DetachedChild Start(
        string program, IReadOnlyList<string> arguments, IReadOnlyList<string> variables)
    {
        var (read, write) = DescriptorPair.CreatePipe();
        var error = DescriptorReader.Open(read);
        try
        {
            using (write)
            {
                var (here, there) = DescriptorPair.CreateSocket();
                try
                {
                    using (there)
                    {
                        return new DetachedChild(
                            UnixChildProcess.StartDetached(program, arguments, variables, there, write), here, error);
                    }
                }
                catch
                {
                    here.Dispose();
                    throw;
                }
            }
        }
        catch
        {
            error.Dispose();
            throw;
        }
    }

    /// <summary>
    /// In the new process, once and before all else: the channel to the process that started it. Programs that this
    /// process starts do not get it, and standard error is /dev/null from then on.
    /// </summary>
    /// <exception cref="SshException">This process was not started so.</exception>
    public static Socket AdoptChannel()
    {
        var copies = StandardDescriptorCopies.Find();
        if (!DescriptorInheritance.Forbid(ChannelDescriptor))
        {
            throw DescriptorHandle.Failed($"there is no channel at descriptor {ChannelDescriptor}");
        }

        copies.Release();
        DetachedProcess.ReleaseStandardDescriptors();
        return new Socket(new SafeSocketHandle(ChannelDescriptor, ownsHandle: true));
    }

    /// <summary>
    /// Waits for its end; gives what there is to say of it: how it ended, and what it wrote to standard error before it
    /// took the channel.
    /// </summary>
    public async Task<string> WaitForEndAsync(CancellationToken cancellationToken = default)
    {
        var exit = await _process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        var said = await _errorOutput.WaitAsync(cancellationToken).ConfigureAwait(false);
        return said.Length == 0 ? exit.ToString() : $"{exit}: {said}";
    }

    /// <summary>Ends it by force if it does not end by itself in time.</summary>
    public async Task KillAfterAsync(TimeSpan time)
    {
        try
        {
            await _process.Exited.WaitAsync(time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Signal(Signum.SIGKILL);
        }
    }

    private static async Task<string> ReadAsync(DescriptorReader reader)
    {
        var text = new byte[MaxErrorLength];
        var length = 0;
        using (reader)
        {
            while (length < text.Length)
            {
                var count = await reader.ReadAsync(text.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
                if (count == 0) break;
                length += count;
            }
        }

        var all = Encoding.UTF8.GetString(text, 0, length);
        return string.Concat(all.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
    }
}
