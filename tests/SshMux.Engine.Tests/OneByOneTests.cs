namespace SshMux.Engine.Tests;

/// <summary>Ends that are told to all, whatever one of them does.</summary>
public class OneByOneTests
{
    private readonly List<string> _failures = [];

    [Fact]
    public void All_are_told_although_one_fails()
    {
        var told = new List<int>();
        OneByOne.Tell([1, 2, 3], one => told.Add(one == 2 ? throw new InvalidOperationException("two") : one), NoteFailure);
        Assert.Equal([1, 3], told);
        Assert.Equal(["two"], _failures);
    }

    [Fact]
    public async Task A_step_that_fails_keeps_nobody_from_the_next()
    {
        await OneByOne.GuardAsync(() => throw new InvalidOperationException("at once"), NoteFailure);
        await OneByOne.GuardAsync(() => Task.FromException(new InvalidOperationException("later")), NoteFailure);
        await OneByOne.GuardAsync(() => Task.CompletedTask, NoteFailure);
        Assert.Equal(["at once", "later"], _failures);
    }

    private void NoteFailure(Exception e) => _failures.Add(e.Message);
}
