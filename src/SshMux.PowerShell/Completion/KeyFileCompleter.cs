using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SshMux.PowerShell.Completion;

/// <summary>Completes -KeyFilePath with the private keys in ~/.ssh; where none fits, files are completed.</summary>
public sealed class KeyFileCompleter : IArgumentCompleter
{
    private static readonly string[] Beginnings = ["-----BEGIN ", "---- BEGIN SSH2 ENC", "PuTTY-User-Key-File"];

    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = new CompletionWord(wordToComplete);
        return CompletionWord.Offer(() => FilePath.Complete(
            word,
            Directory.GetFiles(ConfigurationFiles.UserFolder).Where(IsKey).Select(path => (path, "private key"))));
    }

    private static bool IsKey(string path)
    {
        if (File.Exists(path + ".pub")) return true;
        try
        {
            var text = new char[Beginnings.Max(beginning => beginning.Length)];
            using var reader = File.OpenText(path);
            var start = text.AsSpan(0, reader.ReadBlock(text)).ToString();
            return Beginnings.Any(beginning => start.StartsWith(beginning, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A socket, or a key of somebody else.
            return false;
        }
    }
}
