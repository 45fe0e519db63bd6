using LoraBridge.Training.Caching;

namespace LoraBridge.Tests.Training.Caching;

public sealed class DecodeAheadTests
{
    [Fact]
    public void Run_ManyItems_ComeInOrderAndBounded()
    {
        var log = new Log();
        foreach (var (item, loaded) in DecodeAhead.Run([.. Enumerable.Range(0, 30)], log.Load, 3, default))
        {
            using (loaded)
            {
                Assert.Equal(item, loaded.Number);
                Assert.InRange(log.Alive, 1, 3);
            }
        }
        Assert.Equal((30, 0), (log.Loaded, log.Alive));
    }

    [Fact]
    public void Run_Fails_GivesTheFaultAndDisposesTheRest()
    {
        var log = new Log { Bad = 5 };
        var seen = new List<int>();
        var e = Assert.Throws<InvalidDataException>(() => Take(log, seen, default));

        Assert.Equal("5", e.Message);
        Assert.Equal([0, 1, 2, 3, 4], seen);
        Assert.Equal(0, log.Alive);
    }

    [Fact]
    public void Run_Cancelled_StopsAndDisposesTheRest()
    {
        using var cancel = new CancellationTokenSource();
        var log = new Log();
        var seen = new List<int>();
        Assert.Throws<OperationCanceledException>(() => Take(log, seen, cancel.Token, item =>
        {
            if (item == 3) cancel.Cancel();
        }));

        Assert.Equal([0, 1, 2, 3], seen);
        Assert.InRange(log.Loaded, 4, 8);
        Assert.Equal(0, log.Alive);
    }

    private static void Take(Log log, List<int> seen, CancellationToken cancel, Action<int>? then = null)
    {
        foreach (var (item, loaded) in DecodeAhead.Run([.. Enumerable.Range(0, 30)], log.Load, 4, cancel))
        {
            loaded.Dispose();
            seen.Add(item);
            then?.Invoke(item);
        }
    }

    private sealed class Log
    {
        private int _alive, _loaded;

        public int Bad { get; init; } = -1;

        public int Alive => Volatile.Read(ref _alive);

        public int Loaded => Volatile.Read(ref _loaded);

        public Item Load(int number)
        {
            if (number == Bad) throw new InvalidDataException($"{number}");
            Interlocked.Increment(ref _alive);
            Interlocked.Increment(ref _loaded);
            return new(number, this);
        }

        public void Dispose() => Interlocked.Decrement(ref _alive);
    }

    private sealed record Item(int Number, Log Log) : IDisposable
    {
        public void Dispose() => Log.Dispose();
    }
}
