using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class FolderWatchTests : IDisposable
{
    private readonly AdapterFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly FolderWatch _watch;
    private int _polls, _notices;

    public FolderWatchTests() =>
        _watch = new(_folder.Options with { Time = _time }, byPoll => _ = byPoll ? _polls++ : _notices++);

    public void Dispose()
    {
        _watch.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Follow_AFolder_LooksOnceMore_AndThenSeldom()
    {
        Assert.Empty(_watch.Follow([_folder.Root]));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 1), (_polls, _notices));
        _time.Advance(TimeSpan.FromSeconds(58));
        Assert.Equal(0, _polls);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((1, 1), (_polls, _notices));
    }

    [Fact]
    public void Follow_AMissingFolder_LooksOften_UntilItIsThere()
    {
        _watch.Follow([_folder["later"]]);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal((2, 0), (_polls, _notices));
        Directory.CreateDirectory(_folder["later"]);
        _watch.Follow([_folder["later"]]);
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal((2, 1), (_polls, _notices));
    }

    [Fact]
    public void Follow_AFolderThatIsGone_LooksOften()
    {
        Directory.CreateDirectory(_folder["sub"]);
        _watch.Follow([_folder["sub"]]);
        Directory.Delete(_folder["sub"]);
        _watch.Follow([_folder["sub"]]);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(2, _polls);
    }

    [Fact]
    public void Follow_WhatCannotBeWatched_SaysSo_AndLooksOften()
    {
        var polls = 0;
        using var watch = new FolderWatch(_folder.Options with { Time = _time }, _ => polls++, _ => throw new IOException("the limit of watches is reached"));
        Assert.Contains("the limit of watches is reached", Assert.Single(watch.Follow([_folder.Root])), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, polls);
    }

    [Fact]
    public void Follow_AfterNoticesWereLost_LooksAndWatchesAnew()
    {
        var (looks, watchers) = (0, new List<FailingWatcher>());
        using var watch = new FolderWatch(_folder.Options with { Time = _time }, _ => looks++, folder =>
        {
            watchers.Add(new FailingWatcher(folder));
            return watchers[^1];
        });
        watch.Follow([_folder.Root]);
        watch.Follow([_folder.Root]);
        _time.Advance(TimeSpan.FromSeconds(1));
        watchers.Single().Fail();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, looks);
        watch.Follow([_folder.Root]);
        Assert.Equal(2, watchers.Count);
        watch.Follow([_folder.Root], renew: true);
        Assert.Equal(3, watchers.Count);
    }

    [Fact]
    public void Dispose_EndsIt()
    {
        _watch.Follow([_folder.Root]);
        _watch.Dispose();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, 0), (_polls, _notices));
        Assert.Empty(_watch.Follow([_folder.Root]));
    }

    private sealed class FailingWatcher(string folder) : FileSystemWatcher(folder)
    {
        public void Fail() => OnError(new(new InternalBufferOverflowException()));
    }
}
