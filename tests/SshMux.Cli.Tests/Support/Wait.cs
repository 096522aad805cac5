namespace SshMux.Cli.Tests.Support;

/// <summary>Waiting for what gives no event.</summary>
internal static class Wait
{
    /// <summary>Polls until a condition holds; fails after the limit.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, int seconds = 30)
    {
        var deadline = Environment.TickCount64 + (seconds * 1000);
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, $"still not after {seconds} s: {what}");
            await Task.Delay(10);
        }
    }
}
