using SshMux.Engine.Platform.Files;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

[Trait("System", "any")]
public sealed class FolderLockTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Takers_take_turns()
    {
        var first = await FolderLock.TakeAsync(_folder.Path, Stop);
        var taking = FolderLock.TakeAsync(_folder.Path, Stop);
        Assert.False(taking.IsCompleted);
        first.Dispose();
        using var second = await taking.WaitAsync(TimeSpan.FromSeconds(3), Stop);
        first.Dispose();
        taking = FolderLock.TakeAsync(_folder.Path, Stop);
        Assert.False(taking.IsCompleted);
        second.Dispose();
        (await taking).Dispose();
    }

    [Fact]
    public async Task Who_gives_up_waiting_holds_nothing()
    {
        OnlyOn.Unix();
        using var cancelled = new CancellationTokenSource();
        var first = await FolderLock.TakeAsync(_folder.Path, Stop);
        var target = new DirectoryInfo(_folder.Path).FullName;
        var taking = FolderLock.TakeAsync(_folder.Path, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);
        first.Dispose();
        Assert.Equal(0, Descriptors.CountOf(target));
    }

    [Fact]
    public async Task Without_a_folder_it_goes_on()
    {
        using var nothing = await FolderLock.TakeAsync(_folder.File("missing"), Stop);
        using var again = await FolderLock.TakeAsync(_folder.File("missing"), Stop);
        Assert.NotNull(again);
    }
}
