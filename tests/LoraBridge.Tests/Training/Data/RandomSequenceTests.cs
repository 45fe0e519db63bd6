using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class RandomSequenceTests
{
    [Fact]
    public void NextUInt64_PublishedStates_GiveThePublishedNumbers()
    {
        Assert.Equal(0xe220a8397b1dcdafUL, new RandomSequence(0).NextUInt64());
        var random = new RandomSequence(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], new[] { random.NextUInt64(), random.NextUInt64(), random.NextUInt64() });
    }

    [Fact]
    public void For_OtherSeedsKeysOrOrders_GivesOtherNumbers()
    {
        RandomSequence[] all = [RandomSequence.For(1), RandomSequence.For(2), RandomSequence.For(1, 0), RandomSequence.For(1, 1), RandomSequence.For(1, 0, 1), RandomSequence.For(1, 1, 0), RandomSequence.For(-1, 1, 0)];
        Assert.Equal(all.Length, all.Select(random => random.NextUInt64()).Distinct().Count());
        Assert.Equal(RandomSequence.For(7, 8, 9).NextUInt64(), RandomSequence.For(7, 8, 9).NextUInt64());
    }

    [Fact]
    public void For_Keys_KeepTheirMeaning()
    {
        // a run that was begun with an older version goes on with these
        Assert.Equal(3354995554u, (uint)(RandomSequence.For(42, 1, 2, 3).NextUInt64() >> 32));
    }

    [Fact]
    public void Next_SmallCount_DrawsEachAlike()
    {
        var random = RandomSequence.For(5);
        var counts = new int[5];
        for (var i = 0; i < 50_000; i++) counts[random.Next(5)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(0));
    }

    [Fact]
    public void NextDouble_Range_IsKept()
    {
        var random = RandomSequence.For(6);
        var values = Enumerable.Range(0, 10_000).Select(_ => random.NextDouble(-2, 4)).ToList();
        Assert.All(values, value => Assert.InRange(value, -2, 4));
        Assert.InRange(values.Average(), 0.9, 1.1);
    }

    [Fact]
    public void Chance_NeverAndAlways_AreCertain()
    {
        var random = RandomSequence.For(7);
        Assert.DoesNotContain(true, Enumerable.Range(0, 1000).Select(_ => random.Chance(0)));
        Assert.DoesNotContain(false, Enumerable.Range(0, 1000).Select(_ => random.Chance(1)));
    }

    [Fact]
    public void Shuffle_ThreeItems_ReachesEveryOrderAlike()
    {
        var random = RandomSequence.For(8);
        var orders = new Dictionary<string, int>();
        for (var i = 0; i < 12_000; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle(items.AsSpan());
            var order = new string(items);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(6, orders.Count);
        Assert.All(orders.Values, count => Assert.InRange(count, 1_850, 2_150));
    }
}
