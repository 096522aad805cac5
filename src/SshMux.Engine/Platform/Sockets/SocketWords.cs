using System.Net.Sockets;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>Why a socket failed, in ssh(1)'s words, which programs and people look for, whatever the system's own are.</summary>
internal static class SocketWords
{
    /// <summary>The reason that an exception tells.</summary>
    public static string Of(Exception failure) =>
        OperatingSystem.IsWindows() && (failure as SocketException ?? failure.InnerException as SocketException) is { } socket
            ? Of(socket.SocketErrorCode) ?? failure.Message.TrimEnd('.')
            : failure.Message;

    /// <summary>The words of a Unix for an error of Windows; null where it has none of its own.</summary>
    internal static string? Of(SocketError error) => error switch
    {
        SocketError.AccessDenied => "Permission denied",
        SocketError.AddressAlreadyInUse => "Address already in use",
        SocketError.AddressFamilyNotSupported => "Address family not supported by protocol",
        SocketError.AddressNotAvailable => "Cannot assign requested address",
        SocketError.ConnectionAborted => "Software caused connection abort",
        SocketError.ConnectionRefused => "Connection refused",
        SocketError.ConnectionReset => "Connection reset by peer",
        SocketError.HostDown => "Host is down",
        SocketError.HostNotFound => "Name or service not known",
        SocketError.HostUnreachable => "No route to host",
        SocketError.NetworkDown => "Network is down",
        SocketError.NetworkUnreachable => "Network is unreachable",
        SocketError.NoData => "No address associated with hostname",
        SocketError.Shutdown => "Broken pipe",
        SocketError.TimedOut => "Connection timed out",
        SocketError.TooManyOpenSockets => "Too many open files",
        SocketError.TryAgain => "Temporary failure in name resolution",
        _ => null,
    };
}
