using LoraBridge.Imaging.Png;

namespace LoraBridge.Tests.Imaging.Png;

public sealed class PngFilterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Restore_AppliedRow_IsTheRowAgain(int type)
    {
        var random = new Random(type);
        foreach (var (length, step) in new[] { (1, 1), (3, 3), (4, 4), (31, 1), (99, 3), (400, 4), (1000, 8), (5, 8) })
        {
            var (row, prior, stored) = (new byte[length], new byte[length], new byte[length]);
            random.NextBytes(row);
            random.NextBytes(prior);

            PngFilter.Apply(type, row, prior, step, stored);
            Assert.True(PngFilter.Restore(type, stored, prior, step));

            Assert.Equal(row, stored);
        }
    }

    [Fact]
    public void Apply_Paeth_FollowsTheSpecification()
    {
        // a = 10, b = 20, c = 12: p = 18, nearest is b
        var stored = new byte[2];

        PngFilter.Apply(4, [10, 25], [12, 20], 1, stored);

        Assert.Equal([unchecked((byte)(10 - 12)), 25 - 20], stored);
    }

    [Fact]
    public void Restore_UnknownFilter_IsRefused() => Assert.False(PngFilter.Restore(5, new byte[4], new byte[4], 1));

    [Fact]
    public void Cost_LongRow_IsTheSumOfMagnitudes()
    {
        var differences = new byte[1003];
        new Random(3).NextBytes(differences);

        Assert.Equal(differences.Sum(value => Math.Abs((int)(sbyte)value)), PngFilter.Cost(differences));
    }
}
