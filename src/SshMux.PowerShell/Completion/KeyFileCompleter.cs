using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SshMux.PowerShell.Completion;

namespace SshMux.PowerShell;

/// <summary>Completes -KeyFilePath with the private keys in ~/.ssh; where none fits, files are completed.</summary>
public sealed class KeyFileCompleter : IArgumentCompleter
{
    private const string Begin = "-----BEGIN ";

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
            var text = new char[Begin.Length];
            using var reader = File.OpenText(path);
            return reader.Read(text) == text.Length && new string(text) == Begin;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A socket, or a key of somebody else.
            return false;
        }
    }
}
