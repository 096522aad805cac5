using System.Diagnostics;

namespace SshMux.Engine.Tests.Support;

/// <summary>Waits for what has no event to wait for.</summary>
internal static class Eventually
{
    /// <summary>Polls until the condition holds; fails after 30 seconds.</summary>
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"not within 30 s: {what}");
            await Task.Delay(10);
        }
    }
}
