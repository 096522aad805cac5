using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Streams;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Terminals;

namespace SshMux.PowerShell.Objects;

/// <summary>
/// A master: one login that any number of commands and forwards share. It lives in this process, or behind a control
/// socket in another.
/// </summary>
public abstract class Master
{
    internal const string TypeName = "SshMux.Master";

    private protected Master() => Notices = new MasterNotices(this);

    /// <summary>
    /// The master tells something without being asked: its connection is in trouble, a forward failed, it ends, ...
    /// </summary>
    public event EventHandler<MasterNoticeEventArgs>? Notice
    {
        add
        {
            Notices.Subscribe(value);
            OnSubscription(Notices.IsSubscribed);
        }
        remove
        {
            Notices.Unsubscribe(value);
            OnSubscription(Notices.IsSubscribed);
        }
    }

    /// <summary>What it is called in this process; the socket's file name for a master in another process.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The host, as it was named when the master was opened; the address, or null, if another program opened it.
    /// </summary>
    public abstract string? HostName { get; }

    /// <summary>The user on the server; null if another program opened the master, and does not tell.</summary>
    public abstract string? UserName { get; }

    /// <summary>The server's TCP port; null if another program opened the master, and does not tell.</summary>
    public abstract int? Port { get; }

    /// <summary>
    /// Where it is in its life. A master in another process is asked; of OpenSSH's only whether its socket exists is known.
    /// </summary>
    public virtual MasterState State => KnownState;

    /// <summary>Why it has ended; null while it lives.</summary>
    public abstract string? EndReason { get; }

    /// <summary>How many sessions and other channels are open; null if the master does not tell.</summary>
    public abstract int? Sessions { get; }

    /// <summary>
    /// The control socket, for <c>ssh -S</c> and all that use it; null where there are none (Windows).
    /// </summary>
    public abstract string? ControlPath { get; }

    /// <summary>The process that it lives in.</summary>
    public abstract int ProcessId { get; }

    /// <summary>Whether it lives in this process, and ends with it.</summary>
    public abstract bool InThisProcess { get; }

    /// <summary>When it was opened; null if another program opened it.</summary>
    public abstract DateTime? Opened { get; }

    /// <summary>Where it is in its life, as far as that is known without asking.</summary>
    internal abstract MasterState KnownState { get; }

    /// <summary>Whether it has clients, who may have to wait for its connection, or until it is unlocked.</summary>
    internal bool IsOpen => KnownState is MasterState.Open or MasterState.Reconnecting or MasterState.Locked;

    /// <summary>Who hears what it tells.</summary>
    internal MasterNotices Notices { get; }

    /// <summary>
    /// What identifies the login, for Invoke-SshMux -HostName to find it again; null if that may not use it.
    /// </summary>
    internal virtual string? Destination => null;

    /// <summary>Whether it lives inside a process that is there for something else, not of this module's own.</summary>
    internal virtual bool IsInsideOther => false;

    /// <summary>The host or, where that is not known, the control path.</summary>
    internal string Label => HostName ?? Printable.Lines(ControlPath ?? Name);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Somebody has subscribed to the event, or has ended that.</summary>
    /// <param name="isSubscribed">Whether it has subscribers now.</param>
    private protected virtual void OnSubscription(bool isSubscribed)
    {
    }

    /// <summary>
    /// Has a master whose host is not known tell it, if it does and soon; never fails.
    /// </summary>
    internal virtual Task LearnAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal abstract Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken);

    /// <summary>Runs a command or shell on this process's terminal, which must not be raw yet.</summary>
    internal abstract Task<TerminalSession> AttachAsync(TerminalRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the master and the server behind it whether they live; does not fail for one that does not.
    /// </summary>
    internal abstract Task<MasterStatus> CheckAsync(TimeSpan timeLimit, CancellationToken cancellationToken);

    /// <summary>Ends it; <paramref name="graceful"/>: when its sessions have ended.</summary>
    internal abstract Task StopAsync(bool graceful, CancellationToken cancellationToken);

    /// <summary>Opens a forward; the result knows the port if the system chose one.</summary>
    internal abstract Task<Forward> OpenForwardAsync(ForwardSpec spec, CancellationToken cancellationToken);

    /// <summary>Has the master listen for a forward no more.</summary>
    internal abstract Task CloseForwardAsync(Forward forward, CancellationToken cancellationToken);

    /// <summary>Has the server connect to a TCP port.</summary>
    internal abstract Task<DuplexStream> OpenStreamAsync(string host, int port, CancellationToken cancellationToken);

    /// <summary>Has the server connect to a unix socket there.</summary>
    internal abstract Task<DuplexStream> OpenStreamAsync(string path, CancellationToken cancellationToken);

    /// <summary>The forwards, whoever asked for them; of a master of ssh, which has no list, those that are known here.</summary>
    internal abstract Task<IReadOnlyList<Forward>> ForwardListAsync(CancellationToken cancellationToken);

    /// <summary>The sessions, whoever's they are.</summary>
    /// <exception cref="SshException"><see cref="SshError.NotSupported"/>: it has no list; why it cannot be asked.</exception>
    internal abstract Task<IReadOnlyList<Session>> SessionListAsync(CancellationToken cancellationToken);

    /// <summary>Has the server send a session's program a signal.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: there is no such session, or the server did not; why it cannot be asked.
    /// </exception>
    internal abstract Task SignalSessionAsync(string session, string signal, CancellationToken cancellationToken);

    /// <summary>Ends a session.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>: there is none; why it cannot be asked.</exception>
    internal abstract Task CloseSessionAsync(string session, CancellationToken cancellationToken);

    /// <summary>Gives a session another name; none if that is empty.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxRefused"/>: there is none; why it cannot be asked.</exception>
    internal abstract Task RenameSessionAsync(string session, string name, CancellationToken cancellationToken);

    /// <summary>Locks it: it opens nothing new until it is unlocked.</summary>
    /// <param name="waits">Whether what is asked for waits until then; it is refused otherwise.</param>
    /// <param name="passphrase">What whoever unlocks it has to know; empty: nothing. The caller wipes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MasterLocked"/>: it is locked already; why it cannot be asked.
    /// </exception>
    internal abstract Task LockAsync(bool waits, byte[] passphrase, CancellationToken cancellationToken);

    /// <summary>Unlocks it.</summary>
    /// <param name="passphrase">The one that it was locked with; empty: none. The caller wipes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxRefused"/>: the passphrase is wrong, or it is not locked; why it cannot be asked.
    /// </exception>
    internal abstract Task UnlockAsync(byte[] passphrase, CancellationToken cancellationToken);

    /// <summary>
    /// Gives what goes through a session until it ends, or through all (an empty name) until the master does.
    /// </summary>
    /// <exception cref="SshException">There is no such session; why it cannot be asked, or has ended.</exception>
    internal abstract Task WatchAsync(
        string session, Func<MuxWatched, ValueTask> take, CancellationToken cancellationToken);

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
