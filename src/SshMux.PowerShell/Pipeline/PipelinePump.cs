namespace SshMux.PowerShell.Pipeline;

/// <summary>
/// Carries work from the engine's tasks to the pipeline thread, the only one that may write objects, ask questions or
/// show messages. The pipeline thread does that work whenever it waits in <see cref="Run"/>.
/// </summary>
internal sealed class PipelinePump
{
    private readonly object _gate = new();
    private readonly Queue<Item> _items = new();
    private bool _closed;

    /// <summary>Has the pipeline thread do something, without waiting for it.</summary>
    public void Post(Action action) => Enqueue(new Item(action, static () => { }));

    /// <summary>
    /// Has the pipeline thread do something and gives its result; canceled if the pipeline ends first. Waiting for it
    /// is what slows a fast command down to the pace of a slow pipeline.
    /// </summary>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(new Item(
            () =>
            {
                try
                {
                    done.SetResult(function());
                }
                catch
                {
                    // Whatever ends the pipeline unwinds its thread; the asker is only told that no answer comes.
                    done.TrySetCanceled();
                    throw;
                }
            },
            () => done.TrySetCanceled()));
        return done.Task;
    }

    /// <summary>Has the pipeline thread do something that gives no result; canceled if the pipeline ends first.</summary>
    public Task InvokeAsync(Action action) => InvokeAsync(() =>
    {
        action();
        return true;
    });

    /// <summary>Does what is waiting to be done, and returns.</summary>
    public void RunPending()
    {
        while (TryTake(out var item)) item.Run();
    }

    /// <summary>
    /// Does what comes in until <paramref name="task"/> has ended, in whichever way, and nothing is left to do.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> came first.</exception>
    public void Run(Task task, CancellationToken stop)
    {
        _ = task.ContinueWith(
            _ => Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        using var registration = stop.Register(Wake);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            if (TryTake(out var item))
            {
                item.Run();
                continue;
            }

            if (task.IsCompleted) return;
            lock (_gate)
            {
                while (_items.Count == 0 && !task.IsCompleted && !stop.IsCancellationRequested) Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Gives up what is not done yet; later work is given up at once.</summary>
    public void Close()
    {
        Item[] items;
        lock (_gate)
        {
            _closed = true;
            items = [.. _items];
            _items.Clear();
        }

        foreach (var item in items) item.Abandon();
    }

    private void Enqueue(Item item)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _items.Enqueue(item);
                Monitor.PulseAll(_gate);
                return;
            }
        }

        item.Abandon();
    }

    private bool TryTake(out Item item)
    {
        lock (_gate) return _items.TryDequeue(out item);
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private readonly record struct Item(Action Run, Action Abandon);
}
