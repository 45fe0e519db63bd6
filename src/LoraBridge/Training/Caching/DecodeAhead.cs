namespace LoraBridge.Training.Caching;

/// <summary>Prepares items on other threads while the caller works on the one before, in order and never more than so many at once.</summary>
internal static class DecodeAhead
{
    /// <summary>Each item with what was loaded for it, which the caller disposes; what the caller does not come to is disposed here.</summary>
    /// <param name="items">The items, in order.</param>
    /// <param name="load">Loads one, on any thread.</param>
    /// <param name="ahead">How many are loading or waiting at most, 1 or more: the bound on memory.</param>
    /// <param name="cancellation">Asked before every item.</param>
    public static IEnumerable<(TItem Item, TLoaded Loaded)> Run<TItem, TLoaded>(
        IReadOnlyList<TItem> items, Func<TItem, TLoaded> load, int ahead, CancellationToken cancellation) where TLoaded : IDisposable
    {
        using var stop = new CancellationTokenSource();
        var waiting = new Queue<Task<TLoaded>>();
        var next = 0;
        try
        {
            foreach (var item in items)
            {
                cancellation.ThrowIfCancellationRequested();
                for (; waiting.Count < ahead && next < items.Count; next++)
                {
                    var later = items[next];
                    waiting.Enqueue(Task.Run(() => load(later), stop.Token));
                }
                yield return (item, waiting.Dequeue().GetAwaiter().GetResult());
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var task in waiting) Discard(task);
        }
    }

    private static void Discard<TLoaded>(Task<TLoaded> task) where TLoaded : IDisposable
    {
        // its fault, if any, is of an item that nobody wants any more
        Task.WaitAny(task);
        if (task.IsCompletedSuccessfully) task.Result.Dispose();
        else _ = task.Exception;
    }
}
