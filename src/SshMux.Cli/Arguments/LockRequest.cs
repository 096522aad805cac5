using SshMux.Cli.Output;

namespace SshMux.Cli.Arguments;

/// <summary>What <c>-O lock</c> and <c>-O unlock</c> ask of a master.</summary>
/// <param name="Locks">Whether it is to be locked; it is to be unlocked otherwise.</param>
/// <param name="Waits">Whether what is asked for while it is locked waits; it is refused otherwise.</param>
/// <param name="WantsPassphrase">Whether whoever unlocks it has to know a passphrase.</param>
internal sealed record LockRequest(bool Locks, bool Waits, bool WantsPassphrase)
{
    private const string Wait = "wait";
    private const string Passphrase = "passphrase";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="UsageException">A word behind the '=' is not known.</exception>
    public static LockRequest Of(ControlOperation operation, string? argument)
    {
        var words = argument?.Split(',') ?? [];
        if (words.FirstOrDefault(word => word is not (Wait or Passphrase)) is { } other)
        {
            throw new UsageException(
                $"-O lock={argument}: '{other}' is not known; it can be {Wait}, {Passphrase}, or both with a comma between");
        }

        return new(operation == ControlOperation.Lock, words.Contains(Wait), words.Contains(Passphrase));
    }
}
