using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Tests.Sdapi.Drawing;

public sealed class JobQueueTests
{
    [Fact]
    public async Task Run_Several_GoOneAtATimeInTheirOrder()
    {
        var (queue, order, gate) = (new JobQueue(), new List<int>(), new TaskCompletionSource());
        var first = queue.RunAsync("0", () => gate.Task.ContinueWith(_ => Note(order, 0), TaskScheduler.Default));
        var others = Enumerable.Range(1, 20).Select(i => queue.RunAsync($"{i}", () => Task.FromResult(Note(order, i)))).ToList();

        Assert.Equal(("0", 20), (queue.Running, queue.Pending.Count));
        Assert.Equal("1", queue.Pending[0]);
        gate.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(Enumerable.Range(0, 21), order);
        Assert.Null(queue.Running);
    }

    [Fact]
    public async Task Run_AJobThatFails_LetsTheNextRun()
    {
        var queue = new JobQueue();

        await Assert.ThrowsAsync<InvalidOperationException>(() => queue.RunAsync<int>("a", () => throw new InvalidOperationException()));

        Assert.Equal(1, await queue.RunAsync("b", () => Task.FromResult(1)));
        Assert.True(queue.IsFinished("a") && queue.IsFinished("b"));
    }

    [Fact]
    public async Task Finished_OfMoreThanSixteen_AreTheLast()
    {
        var queue = new JobQueue();
        for (var i = 0; i < 17; i++) await queue.RunAsync($"{i}", () => Task.FromResult(i));
        await queue.RunAsync(null, () => Task.FromResult(0));

        Assert.False(queue.IsFinished("0"));
        Assert.True(queue.IsFinished("1") && queue.IsFinished("16"));
    }

    private static int Note(List<int> order, int i)
    {
        order.Add(i);
        return i;
    }
}
