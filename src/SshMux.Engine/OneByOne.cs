namespace SshMux.Engine;

/// <summary>Tells many of something, mostly of an end: what one of them throws keeps it from nobody else.</summary>
internal static class OneByOne
{
    /// <summary>
    /// Tells all of them. A failure is handed to <paramref name="onFailure"/>, which must not throw.
    /// </summary>
    public static void Tell<T>(IEnumerable<T> all, Action<T> tell, Action<Exception> onFailure)
    {
        foreach (var one in all) Guard(() => tell(one), onFailure);
    }

    /// <summary>Takes one step of several, of which the others have to be taken in any case.</summary>
    public static void Guard(Action step, Action<Exception> onFailure)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            onFailure(e);
        }
    }

    /// <summary>Takes one step of several and waits for it; the others have to be taken in any case.</summary>
    public static async Task GuardAsync(Func<Task> step, Action<Exception> onFailure)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            onFailure(e);
        }
    }
}
