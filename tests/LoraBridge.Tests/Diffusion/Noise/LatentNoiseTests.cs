using LoraBridge.Diffusion.Noise;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Noise;

public sealed class LatentNoiseTests
{
    private static readonly LatentShape s_shape = new(4, 6, 8);

    [Fact]
    public void Start_IsEachSeedsFirstDraw()
    {
        using var scope = NewDisposeScope();
        var start = new LatentNoise(new() { Seed = 10 }, s_shape, count: 2, firstImage: 1).Start();
        Assert.Equal(new long[] { 2, 4, 6, 8 }, start.shape);
        Same(NormalGenerator.First(NoiseOrigin.Philox, 11, s_shape.Count), start[0]);
        Same(NormalGenerator.First(NoiseOrigin.Philox, 12, s_shape.Count), start[1]);
    }

    [Theory]
    [InlineData(NoiseOrigin.Cpu)]
    [InlineData(NoiseOrigin.Philox)]
    public void Draw_GoesOnWithEachImagesStream(NoiseOrigin origin)
    {
        using var scope = NewDisposeScope();
        var noise = new LatentNoise(new() { Seed = 10, Origin = origin }, s_shape, count: 2);
        var drawn = noise.Draw(zeros(2, 4, 6, 8), 1, 0.5);
        for (var i = 0; i < 2; i++) Same(Second(origin, 10 + i), drawn[i]);
    }

    [Fact]
    public void Draw_WithEnsd_BeginsAStreamOfItsOwn()
    {
        using var scope = NewDisposeScope();
        var noise = new LatentNoise(new() { Seed = 10, EtaNoiseSeedDelta = 31337 }, s_shape, count: 1);
        Same(NormalGenerator.First(NoiseOrigin.Philox, 10, s_shape.Count), noise.Start()[0]);
        Same(NormalGenerator.First(NoiseOrigin.Philox, 10 + 31337, s_shape.Count), noise.Draw(zeros(1, 4, 6, 8), 1, 0.5)[0]);
    }

    [Fact]
    public void Draw_HasTheLatentsType()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(float64, new LatentNoise(new() { Seed = 1 }, s_shape, 1).Draw(zeros(1, 4, 6, 8, dtype: float64), 1, 0).dtype);
    }

    [Fact]
    public void SeedPlan_CountsSeedsUp_UnlessThereIsASubseedStrength()
    {
        var plan = new SeedPlan { Seed = 100, Subseed = 7 };
        Assert.Equal((100, 103), (plan.SeedOf(0), plan.SeedOf(3)));
        var varied = plan with { SubseedStrength = 0.1 };
        Assert.Equal((100, 100), (varied.SeedOf(0), varied.SeedOf(3)));
        Assert.Equal((7, 10), (varied.SubseedOf(0), varied.SubseedOf(3)));
    }

    [Fact]
    public void Choose_TakesTheRequestedSeedOrDrawsOne()
    {
        var random = new Random(1);
        Assert.Equal(5, SeedPlan.Choose(5, random));
        Assert.Equal(0, SeedPlan.Choose(0, random));
        Assert.InRange(SeedPlan.Choose(-1, random), 0, SeedPlan.RandomSeedLimit - 1);
        Assert.NotEqual(SeedPlan.Choose(null, random), SeedPlan.Choose(null, random));
    }

    [Fact]
    public void Start_WithFullSubseedStrength_IsTheSubseedsNoise()
    {
        using var scope = NewDisposeScope();
        var start = new LatentNoise(new() { Seed = 1, Subseed = 2, SubseedStrength = 1 }, s_shape, count: 2).Start();
        for (var i = 0; i < 2; i++) Close(NormalGenerator.First(NoiseOrigin.Philox, 2 + i, s_shape.Count), start[i]);
    }

    [Fact]
    public void Start_WithASubseed_LeavesTheStreamAfterTheFirstDraw()
    {
        using var scope = NewDisposeScope();
        var noise = new LatentNoise(new() { Seed = 10, Subseed = 2, SubseedStrength = 0.5 }, s_shape, count: 1);
        Same(Second(NoiseOrigin.Philox, 10), noise.Draw(zeros(1, 4, 6, 8), 1, 0.5)[0]);
    }

    [Fact]
    public void Start_ResizedFromSmaller_PastesItCentredOnTheFreshDraw()
    {
        using var scope = NewDisposeScope();
        var start = new LatentNoise(new() { Seed = 3, SeedResizeFromWidth = 32, SeedResizeFromHeight = 24 }, s_shape, 1).Start()[0];
        var small = tensor(NormalGenerator.First(NoiseOrigin.Philox, 3, 4 * 3 * 4), [4, 3, 4]);
        var ground = tensor(NormalGenerator.First(NoiseOrigin.Philox, 3, s_shape.Count), [4, 6, 8]);
        ground[TensorIndex.Colon, 1..4, 2..6] = small;
        TensorAssert.Same(ground, start);
    }

    [Fact]
    public void Start_ResizedFromLarger_CropsItsMiddle()
    {
        using var scope = NewDisposeScope();
        // 8 rows for 6: one is cut off on either side; 11 columns for 8: the difference of -3 is halved to -2, so 7 are pasted
        var start = new LatentNoise(new() { Seed = 3, SeedResizeFromWidth = 88, SeedResizeFromHeight = 64 }, s_shape, 1).Start()[0];
        var large = tensor(NormalGenerator.First(NoiseOrigin.Philox, 3, 4 * 8 * 11), [4, 8, 11]);
        var ground = tensor(NormalGenerator.First(NoiseOrigin.Philox, 3, s_shape.Count), [4, 6, 8]);
        ground[TensorIndex.Colon, TensorIndex.Colon, 0..7] = large[TensorIndex.Colon, 1..7, 2..9];
        TensorAssert.Same(ground, start);
    }

    private static float[] Second(NoiseOrigin origin, long seed)
    {
        var stream = NormalGenerator.Create(origin, seed);
        var values = new float[s_shape.Count];
        stream.Fill(values);
        stream.Fill(values);
        return values;
    }

    private static void Same(float[] expected, Tensor actual) => TensorAssert.Same(tensor(expected).view(4, 6, 8), actual);

    private static void Close(float[] expected, Tensor actual) => TensorAssert.Close(tensor(expected).view(4, 6, 8), actual, 1e-5);
}
