namespace SshMux.Engine.Tests.Support;

/// <summary>Shows that what runs all the time allocates nothing.</summary>
internal static class AllocationMeter
{
    private const int StepsInAStretch = 30;

    /// <summary>
    /// Fails if every one of some stretches of steps allocates. What allocates in each step fails for sure; what the
    /// runtime allocates now and then on our thread, such as when it compiles a method anew, does not.
    /// </summary>
    public static void AssertNothingPerStep(Action step)
    {
        var least = long.MaxValue;
        for (var stretch = 0; stretch < 5; stretch++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < StepsInAStretch; i++) step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
