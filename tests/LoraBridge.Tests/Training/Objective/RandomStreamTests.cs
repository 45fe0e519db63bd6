using LoraBridge.Training.Objective;

namespace LoraBridge.Tests.Training.Objective;

public sealed class RandomStreamTests
{
    [Fact]
    public void Stream_OfAPlace_IsTheSameEverywhere()
    {
        var stream = new DrawPlace(42, 1000, 1).Sample(3, DrawPurpose.Noise);
        Assert.Equal(s_uniforms, Enumerable.Range(0, 3).Select(_ => stream.NextUniform()));
        var normals = new float[3];
        stream.FillNormals(normals);
        Assert.Equal(s_normals, normals.Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Stream_OfEveryPlaceAndPurpose_IsAnother()
    {
        var firsts =
            from seed in new long[] { -1, 0, 1, 2 }
            from step in new long[] { 0, 1, 2, 1 << 20 }
            from micro in new[] { 0, 1 }
            from sample in new[] { 0, 1, 2 }
            from purpose in Enum.GetValues<DrawPurpose>()
            select new DrawPlace(seed, step, micro).Sample(sample, purpose).NextUniform();
        var all = firsts.ToArray();
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(0.5, all.Average(), 0.03);
        Assert.NotEqual(new DrawPlace(1, 2, 3).Batch(DrawPurpose.Noise).NextUniform(), new DrawPlace(1, 2, 3).Sample(0, DrawPurpose.Noise).NextUniform());
    }

    [Fact]
    public void Uniforms_AndNormals_AreSpreadAsTheirNamesSay()
    {
        var stream = new DrawPlace(5, 0, 0).Sample(0, DrawPurpose.Timestep);
        var uniforms = Enumerable.Range(0, 20_000).Select(_ => stream.NextUniform()).ToArray();
        Assert.All(uniforms, value => Assert.InRange(value, 0, 1 - 1e-16));
        for (var tenth = 0; tenth < 10; tenth++) Assert.Equal(0.1, uniforms.Count(value => (int)(10 * value) == tenth) / 20_000.0, 0.01);
        var pairs = uniforms.Zip(uniforms.Skip(1), (a, b) => (a - 0.5) * (b - 0.5)).Average() * 12;
        Assert.Equal(0, pairs, 0.03);

        var normals = new float[20_000];
        stream.FillNormals(normals);
        Assert.Equal(0, normals.Average(), 0.03);
        Assert.Equal(1, normals.Average(value => (double)value * value), 0.04);
        Assert.Equal(3, normals.Average(value => Math.Pow(value, 4)), 0.3);
    }

    private static readonly double[] s_uniforms = [0.44894686628001479, 0.67020472040900136, 0.64786518152603778];
    private static readonly double[] s_normals = [0.3200632631778717, 0.2243187427520752, 0.473380446434021];
}
