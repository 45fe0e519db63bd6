using LoraBridge.Diffusion.Noise;

namespace LoraBridge.Tests.Diffusion.Noise;

public sealed class SlerpTests
{
    [Fact]
    public void Between_TurnsEachColumnInItsOwnPlane()
    {
        // one channel, two rows, two columns: the first column turns by a right angle, the second by 45 degrees
        var shape = new LatentShape(1, 2, 2);
        float[] from = [1, 1, 0, 0];
        float[] towards = [0, 1, 1, 1];
        var halfway = Slerp.Between(0.5, from, towards, shape);
        var root = MathF.Sqrt(0.5f);
        Assert.Equal(root, halfway[0], 1e-6f);
        Assert.Equal(root, halfway[2], 1e-6f);
        var second = Math.Sin(Math.PI / 8) / Math.Sin(Math.PI / 4);
        Assert.Equal(2 * second, halfway[1], 1e-6);
        Assert.Equal(second, halfway[3], 1e-6);
    }

    [Fact]
    public void Between_NearlyParallel_MixesTheOperandsExchanged()
    {
        float[] from = [1, 1, 1, 1];
        float[] towards = [3, 3, 3, 3];
        Assert.Equal([2.5f, 2.5f, 2.5f, 2.5f], Slerp.Between(0.25, from, towards, new(1, 2, 2)));
    }

    [Fact]
    public void Between_OneColumnParallel_StaysFinite()
    {
        float[] from = [1, 1, 0, 2];
        float[] towards = [0, 2, 1, 4];
        Assert.All(Slerp.Between(0.5, from, towards, new(1, 2, 2)), value => Assert.True(float.IsFinite(value)));
    }
}
