using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// posix_spawnp(3): starts a program with chosen standard descriptors, without a race against other threads.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class ProcessSpawn
{
    // Opaque to us; more than any C library needs.
    private const int OpaqueLength = 1024;

    private const int BrokenPipe = 13; // SIGPIPE
    private const short SetDefaultSignals = 4; // POSIX_SPAWN_SETSIGDEF

    /// <summary>
    /// Starts a program, found on PATH if its name has no slash, with this process's environment and one more variable
    /// (NAME=value); gives its id. What is null of the three descriptors is what this process has.
    /// </summary>
    /// <exception cref="SshException">It cannot be started.</exception>
    public static int Start(
        string program,
        IReadOnlyList<string> arguments,
        DescriptorHandle? input,
        DescriptorHandle? output,
        DescriptorHandle? error,
        string? variable = null)
    {
        // As ssh(1): what this process was itself started with (a lock, the end of a pipe) is not for its children.
        var inherited = DescriptorInheritance.Strangers();
        return Start(
            program,
            arguments,
            EnvironmentLines(variable is null ? [] : [variable]),
            SetDefaultSignals,
            actions =>
            {
                Put(actions, input, 0);
                Put(actions, output, 1);
                Put(actions, error, 2);
                Close(actions, inherited);
            });
    }

    private static int Start(
        string program,
        IReadOnlyList<string> arguments,
        List<string> environment,
        short flags,
        Prepare prepare)
    {
        var memory = (byte*)NativeMemory.AllocZeroed(3 * OpaqueLength);
        byte* actions = memory, attributes = memory + OpaqueLength, signals = memory + (2 * OpaqueLength);
        var argv = Strings(arguments);
        var envp = Strings(environment);
        try
        {
            _ = LibC.SpawnActionsInit(actions);
            _ = LibC.SpawnAttributesInit(attributes);
            prepare(actions);

            // The runtime ignores SIGPIPE, and what is ignored stays so in a program that is started.
            _ = LibC.EmptySignals(signals);
            _ = LibC.AddSignal(signals, BrokenPipe);
            _ = LibC.SpawnAttributesSetDefaultSignals(attributes, signals);
            _ = LibC.SpawnAttributesSetFlags(attributes, flags);
            var failure = LibC.PosixSpawnOnPath(out var process, program, actions, attributes, argv, envp);
            return failure == 0 ? process : throw DescriptorHandle.Failed($"cannot run '{program}'", (Errno)failure);
        }
        finally
        {
            _ = LibC.SpawnActionsDestroy(actions);
            _ = LibC.SpawnAttributesDestroy(attributes);
            Free(argv);
            Free(envp);
            NativeMemory.Free(memory);
            GC.KeepAlive(prepare); // has the handles
        }
    }

    private static void Put(byte* actions, DescriptorHandle? descriptor, int standard)
    {
        if (descriptor is not null) _ = LibC.SpawnActionsDuplicate(actions, descriptor.Number, standard);
    }

    private static void Close(byte* actions, IEnumerable<int> descriptors)
    {
        foreach (var descriptor in descriptors) _ = LibC.SpawnActionsClose(actions, descriptor);
    }

    private static List<string> EnvironmentLines(IReadOnlyList<string> more)
    {
        List<string> lines = [.. more];
        foreach (var (key, value) in ProcessEnvironment.All())
        {
            var name = $"{key}=";
            if (!more.Any(line => line.StartsWith(name, StringComparison.Ordinal))) lines.Add(name + value);
        }

        return lines;
    }

    private static byte** Strings(IReadOnlyList<string> texts)
    {
        var list = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Count; i++) list[i] = Copy(texts[i]);
        return list;
    }

    private static byte* Copy(string text)
    {
        var bytes = ByteText.Encode(text);
        var copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        copy[bytes.Length] = 0;
        return copy;
    }

    private static void Free(byte** list)
    {
        for (var at = list; *at != null; at++) NativeMemory.Free(*at);
        NativeMemory.Free(list);
    }

    /// <summary>Says what is done with descriptors in the new process.</summary>
    private delegate void Prepare(byte* actions);
}
