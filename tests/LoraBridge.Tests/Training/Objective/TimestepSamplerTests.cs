using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Objective;

public sealed class TimestepSamplerTests
{
    private const int Batch = 64, Batches = 200;

    public static TheoryData<TimestepSampling> All => [.. Enum.GetValues<TimestepSampling>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Draw_OfAnyKind_StaysInTheRangeAndRepeats(TimestepSampling kind)
    {
        var sampler = new TimestepSampler(Options(kind) with { Minimum = 200, Maximum = 300, Shift = 2 });
        var drawn = Enumerable.Range(0, 20).SelectMany(step => sampler.Draw(new(1, step, 0), Batch)).ToArray();

        Assert.All(drawn, timestep => Assert.InRange(timestep, 200, 299));
        Assert.True(drawn.Distinct().Count() > 30, "hardly any timestep differs");
        Assert.Equal(sampler.Draw(new(1, 3, 0), Batch), sampler.Draw(new(1, 3, 0), Batch));
        Assert.NotEqual(sampler.Draw(new(1, 3, 0), Batch), sampler.Draw(new(1, 3, 1), Batch));
        Assert.NotEqual(sampler.Draw(new(1, 3, 0), Batch), sampler.Draw(new(2, 3, 0), Batch));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Draw_OfASingleTimestep_GivesIt(TimestepSampling kind) =>
        Assert.Equal([7, 7, 7], new TimestepSampler(Options(kind) with { Minimum = 7, Maximum = 8 }).Draw(default, 3));

    [Theory]
    [InlineData(TimestepSampling.Uniform, 0, 0, 1)]
    [InlineData(TimestepSampling.Uniform, 0, 0, 3)]
    [InlineData(TimestepSampling.Stratified, 0, 0, 1)]
    [InlineData(TimestepSampling.LogitNormal, 0, 0, 1)]
    [InlineData(TimestepSampling.LogitNormal, 0.5, -1, 1)]
    [InlineData(TimestepSampling.HeavyTail, 0.8, 0, 1)]
    [InlineData(TimestepSampling.Beta, 2, 5, 1)]
    [InlineData(TimestepSampling.Beta, 0.5, 0.5, 1)]
    [InlineData(TimestepSampling.Content, 0, 0, 1)]
    [InlineData(TimestepSampling.Style, 0, 0, 1)]
    [InlineData(TimestepSampling.CosMap, 0, 0, 1)]
    [InlineData(TimestepSampling.Sigmoid, 6, 0.1, 1)]
    [InlineData(TimestepSampling.Sigmoid, 6, 0.1, 3)]
    [InlineData(TimestepSampling.InvertedParabola, 8, -0.2, 1)]
    public void Draw_OfADistribution_FollowsIt(TimestepSampling kind, double weight, double bias, double shift)
    {
        var options = new TimestepOptions { Sampling = kind, Weight = weight, Bias = bias, Shift = shift };
        var sampler = new TimestepSampler(options);
        var drawn = Enumerable.Range(0, Batches).SelectMany(step => sampler.Draw(new(42, step, 0), Batch)).ToArray();

        // the share below each tenth of the range; 12,800 draws have a deviation of at most 0.0045
        for (var tenth = 1; tenth < 10; tenth++)
        {
            var actual = drawn.Count(timestep => timestep < 100 * tenth) / (double)drawn.Length;
            var x = tenth / 10.0;
            var unshifted = x / (shift - shift * x + x);
            Assert.Equal(Cumulative(options, unshifted), actual, 0.018);
        }
    }

    [Fact]
    public void Draw_Stratified_PutsOneOfEveryBatchIntoEachPart()
    {
        var sampler = new TimestepSampler(new() { Sampling = TimestepSampling.Stratified });
        var firsts = new List<long>();
        for (var step = 0; step < 30; step++)
        {
            var drawn = sampler.Draw(new(3, step, 0), 4);
            Assert.Equal([0, 1, 2, 3], drawn.Select(timestep => timestep / 250).Order());
            firsts.Add(drawn[0] / 250);
        }
        Assert.Equal(4, firsts.Distinct().Count());
    }

    [Theory]
    [InlineData(TimestepSampling.Uniform, 500, 500, 0, 0, "500")]
    [InlineData(TimestepSampling.LogitNormal, 0, 1000, -1, 0, "-1")]
    [InlineData(TimestepSampling.Beta, 0, 1000, 0, 2, "bias above 0")]
    [InlineData(TimestepSampling.InvertedParabola, 0, 1000, 10, 10, "nearer")]
    public void Sampler_OfNoDistribution_SaysWhy(TimestepSampling kind, int minimum, int maximum, double weight, double bias, string why) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => new TimestepSampler(new() { Sampling = kind, Minimum = minimum, Maximum = maximum, Weight = weight, Bias = bias })).Message, StringComparison.Ordinal);

    [Fact]
    public void Weights_OfTheShiftedSigmoid_AreThoseOfItsFormula()
    {
        var options = new TimestepOptions { Sampling = TimestepSampling.Sigmoid, Weight = 3, Bias = 0.2, Shift = 2, Minimum = 100, Maximum = 900 };
        var weights = new TimestepWeights(options);
        double Weight(int i)
        {
            var x = i / 799.0;
            var from = x / (2 - 2 * x + x);
            return 1 / (1 + Math.Exp(-3 * (from - 0.7))) * 2 / Math.Pow(2 + x - 2 * x, 2);
        }
        var sum = Enumerable.Range(0, 800).Sum(Weight);
        foreach (var i in new[] { 0, 400, 799 }) Assert.Equal(Weight(i) / sum, weights.Probability(100 + i), 1e-12);
        Assert.Equal(100, weights.Draw(0));
        Assert.Equal(899, weights.Draw(1 - 1e-16));
    }

    private static TimestepOptions Options(TimestepSampling kind) =>
        new() { Sampling = kind, Weight = kind == TimestepSampling.Beta ? 2 : 0.5, Bias = kind == TimestepSampling.Beta ? 2 : 0 };

    // the share of draws below a fraction, by summing the density or counting the map's preimage on a fine grid
    private static double Cumulative(TimestepOptions options, double x)
    {
        var (w, b) = (options.Weight, options.Bias);
        const int Grid = 20_000;
        var middles = Enumerable.Range(0, Grid).Select(i => (i + 0.5) / Grid);
        double Density(Func<double, double> density) => middles.Where(y => y < x).Sum(density) / middles.Sum(density);
        double Map(Func<double, double> map) => middles.Count(u => map(u) < x) / (double)Grid;
        return options.Sampling switch
        {
            TimestepSampling.Uniform or TimestepSampling.Stratified => x,
            TimestepSampling.LogitNormal => Density(y => Math.Exp(-Math.Pow((Math.Log(y / (1 - y)) - b) / (1 + w), 2) / 2) / (y * (1 - y))),
            TimestepSampling.HeavyTail => Map(u => 1 - u - w * (Math.Pow(Math.Cos(Math.PI * u / 2), 2) - 1 + u)),
            TimestepSampling.Beta => Density(y => Math.Pow(y, w - 1) * Math.Pow(1 - y, b - 1)),
            TimestepSampling.Content => Map(u => 1 - u * u * u),
            TimestepSampling.Style => Map(u => u * u * u),
            TimestepSampling.CosMap => Density(y => 2 / (Math.PI - 2 * Math.PI * y + 2 * Math.PI * y * y)),
            TimestepSampling.Sigmoid => Density(y => 1 / (1 + Math.Exp(-w * (y - 0.5 - b)))),
            TimestepSampling.InvertedParabola => Density(y => Math.Max(0, 2 - w * Math.Pow(y - 0.5 - b, 2))),
            _ => throw new ArgumentOutOfRangeException(nameof(options)),
        };
    }
}
