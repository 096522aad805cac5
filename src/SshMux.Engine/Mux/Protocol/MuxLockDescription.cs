using System.Globalization;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>What a master that is locked tells of that.</summary>
/// <param name="Since">When it was locked, in local time.</param>
/// <param name="Waits">Whether what is asked for waits until it is unlocked; it is refused otherwise.</param>
/// <param name="HasPassphrase">Whether whoever unlocks it has to know a passphrase.</param>
internal sealed record MuxLockDescription(DateTime Since, bool Waits, bool HasPassphrase)
{
    private const string WaitsWord = "wait";
    private const string RefusesWord = "refuse";
    private const string PassphraseWord = "passphrase";

    /// <summary>The time, and a word for each of the others.</summary>
    internal string Format() => string.Join(
        ' ',
        [
            Since.ToUniversalTime().ToString("o", CultureInfo.InvariantCulture),
            Waits ? WaitsWord : RefusesWord,
            .. HasPassphrase ? (string[])[PassphraseWord] : [],
        ]);

    /// <summary>Reads what <see cref="Format"/> gives; null if it is wrong. Words that are not known are left out.</summary>
    internal static MuxLockDescription? Parse(string text)
    {
        var words = text.Split(' ');
        return DateTime.TryParseExact(
                words[0], "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var since)
            ? new(since.ToLocalTime(), words.Contains(WaitsWord), words.Contains(PassphraseWord))
            : null;
    }
}
