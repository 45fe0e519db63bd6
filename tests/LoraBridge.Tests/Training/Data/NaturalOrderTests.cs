using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class NaturalOrderTests
{
    [Fact]
    public void Compare_NamesWithNumbers_CountsThem()
    {
        string[] sorted = ["", "A", "a", "a01", "a1", "a1b", "a2", "a010", "a10", "a100000000000000000000", "b", "é", "猫1", "猫12"];
        for (var seed = 0; seed < 20; seed++)
        {
            var shuffled = sorted.ToArray();
            RandomSequence.For(seed).Shuffle(shuffled.AsSpan());
            Array.Sort(shuffled, NaturalOrder.Instance);
            Assert.Equal(sorted, shuffled);
        }
    }
}
