using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace LoraBridge.Tests.Native;

/// <summary>All modes are separable: the plain forms resample one dimension by a matrix of weights, then the next.</summary>
public class InterpolateFunctionTests
{
    [Theory]
    [InlineData(3, 6)]
    [InlineData(5, 3)]
    [InlineData(4, 7)]
    public void Interpolate_Nearest_TakesTheCellBelow(int from, int to) =>
        Agrees2d(InterpolationMode.Nearest, from, to, (i, scale) => Single((int)(i * scale), from));

    [Theory]
    [InlineData(3, 6)]
    [InlineData(5, 3)]
    public void Interpolate_NearestExact_TakesTheNearestCentre(int from, int to) =>
        Agrees2d(InterpolationMode.NearestExact, from, to, (i, scale) => Single((int)((i + 0.5) * scale), from));

    [Theory]
    [InlineData(3, 6)]
    [InlineData(6, 4)]
    public void Interpolate_Bilinear_WeighsTwoCells(int from, int to) =>
        Agrees2d(InterpolationMode.Bilinear, from, to, (i, scale) => Linear(Math.Max(0, (i + 0.5) * scale - 0.5), from));

    [Fact]
    public void Interpolate_BilinearWithAlignedCorners_KeepsTheCorners()
    {
        OperatorCheck.Agrees(x => F.interpolate(x[0], [7, 7], mode: InterpolationMode.Bilinear, align_corners: true),
            x => Resample2d(x[0], 2, 4, 7, i => Linear(i * 3.0 / 6, 4)), [1, 2, 4, 4]);
        using var scope = NewDisposeScope();
        var corner = F.interpolate(arange(16, dtype: float32).view(1, 1, 4, 4), [7, 7], mode: InterpolationMode.Bilinear, align_corners: true)[0, 0, 6, 6];
        Assert.Equal(15, corner.ToSingle());
    }

    [Theory]
    [InlineData(4, 7)]
    [InlineData(6, 4)]
    public void Interpolate_Bicubic_WeighsFourCells(int from, int to) =>
        Agrees2d(InterpolationMode.Bicubic, from, to, (i, scale) => Cubic((i + 0.5) * scale - 0.5, from));

    [Theory]
    [InlineData(9, 4)]
    [InlineData(8, 3)]
    [InlineData(4, 6)]
    public void Interpolate_BicubicAntialiased_WidensTheFilterWhenShrinking(int from, int to) =>
        AgreesAntialiased(InterpolationMode.Bicubic, from, to, 2, x => x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0);

    [Theory]
    [InlineData(9, 4)]
    [InlineData(4, 6)]
    public void Interpolate_BilinearAntialiased_WidensTheFilterWhenShrinking(int from, int to) =>
        AgreesAntialiased(InterpolationMode.Bilinear, from, to, 1, x => Math.Max(0, 1 - x));

    [Theory]
    [InlineData(6, 3)]
    [InlineData(7, 3)]
    public void Interpolate_Area_TakesMeans(int from, int to) =>
        OperatorCheck.Agrees(x => F.interpolate(x[0], [to, to], mode: InterpolationMode.Area), x => Resample2d(x[0], 2, from, to, i =>
        {
            var (start, end) = (i * from / to, ((i + 1) * from + to - 1) / to);
            return [.. Enumerable.Range(0, from).Select(k => k >= start && k < end ? 1.0 / (end - start) : 0)];
        }), [1, 2, from, from]);

    [Fact]
    public void Interpolate_OfOneDimension_ResamplesLinearlyAndByNearest()
    {
        OperatorCheck.Agrees(x => F.interpolate(x[0], [7], mode: InterpolationMode.Linear),
            x => Resample(x[0], 2, 4, 1, 7, i => Linear(Math.Max(0, (i + 0.5) * 4 / 7 - 0.5), 4)), [1, 2, 4]);
        OperatorCheck.Agrees(x => F.interpolate(x[0], [8]), x => Resample(x[0], 2, 4, 1, 8, i => Single(i / 2, 4)), [1, 2, 4]);
    }

    [Fact]
    public void Interpolate_OfThreeDimensions_ResamplesTrilinearly() =>
        OperatorCheck.Agrees(x => F.interpolate(x[0], [4, 4, 4], mode: InterpolationMode.Trilinear), x =>
        {
            double[] Weights(int i) => Linear(Math.Max(0, (i + 0.5) / 2 - 0.5), 2);
            return Resample(Resample(Resample(x[0], 1, 2, 4, 4, Weights), 4, 2, 2, 4, Weights), 16, 2, 1, 4, Weights);
        }, [1, 1, 2, 2, 2]);

    [Fact]
    public void Interpolate_ByAFactor_RoundsTheSizeDownAndKeepsTheFactor()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1, 1, 7, 12], F.interpolate(zeros(1, 1, 5, 5), scale_factor: [1.5, 2.5]).shape);
        // the factor given, not the ratio of the sizes, decides where is read
        OperatorCheck.Agrees(x => F.interpolate(x[0], scale_factor: [1.5, 1.5], mode: InterpolationMode.Bilinear),
            x => Resample2d(x[0], 1, 5, 7, i => Linear(Math.Max(0, (i + 0.5) / 1.5 - 0.5), 5)), [1, 1, 5, 5]);
        OperatorCheck.Agrees(x => F.interpolate(x[0], scale_factor: [1.5, 1.5], mode: InterpolationMode.Bilinear, recompute_scale_factor: true),
            x => Resample2d(x[0], 1, 5, 7, i => Linear(Math.Max(0, (i + 0.5) * 5 / 7 - 0.5), 5)), [1, 1, 5, 5]);
    }

    [Fact]
    public void Interpolate_OfSinglePrecision_StaysWithinRounding()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var x = randn(1, 3, 20, 17);
        foreach (var (mode, antialias) in new[] { (InterpolationMode.Bicubic, true), (InterpolationMode.Bilinear, true), (InterpolationMode.Bicubic, false), (InterpolationMode.Bilinear, false) })
        {
            var expected = F.interpolate(x.to(float64), [7, 9], mode: mode, antialias: antialias);
            TensorAssert.Close(expected, F.interpolate(x, [7, 9], mode: mode, antialias: antialias), 1e-5, $"{mode}");
        }
    }

    [Fact]
    public void Interpolate_WithSenselessArguments_Throws()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1, 1, 4, 4);
        Assert.ThrowsAny<Exception>(() => F.interpolate(x));
        Assert.ThrowsAny<Exception>(() => F.interpolate(x, [2, 2], [2.0, 2.0]));
        Assert.ThrowsAny<Exception>(() => F.interpolate(x, [2, 2, 2]));
        Assert.ThrowsAny<Exception>(() => F.interpolate(x, [2, 2], mode: InterpolationMode.Trilinear));
        Assert.ThrowsAny<Exception>(() => F.interpolate(x, [2, 2], align_corners: true));
        Assert.ThrowsAny<Exception>(() => F.interpolate(x, [2, 2], antialias: true));
    }

    private static void Agrees2d(InterpolationMode mode, int from, int to, Func<int, double, double[]> weights) =>
        OperatorCheck.Agrees(x => F.interpolate(x[0], [to, to], mode: mode), x => Resample2d(x[0], 2, from, to, i => weights(i, (double)from / to)), [1, 2, from, from]);

    private static void AgreesAntialiased(InterpolationMode mode, int from, int to, int reach, Func<double, double> filter) =>
        OperatorCheck.Agrees(x => F.interpolate(x[0], [to, to], mode: mode, antialias: true), x => Resample2d(x[0], 1, from, to, i =>
        {
            var widening = Math.Max(1, (double)from / to);
            var centre = (i + 0.5) * from / to;
            var (start, end) = ((int)Math.Max(centre - reach * widening + 0.5, 0), (int)Math.Min(centre + reach * widening + 0.5, from));
            var raw = Enumerable.Range(0, from).Select(k => k >= start && k < end ? filter(Math.Abs((k + 0.5 - centre) / widening)) : 0).ToArray();
            return [.. raw.Select(weight => weight / raw.Sum())];
        }), [1, 1, from, from]);

    private static double[] Resample2d(double[] x, int planes, int from, int to, Func<int, double[]> weights) =>
        Resample(Resample(x, planes, from, from, to, weights), planes * to, from, 1, to, weights);

    // the middle one of three dimensions, from a length to another; weights(i) is one row of the matrix
    private static double[] Resample(double[] x, int before, int from, int after, int to, Func<int, double[]> weights)
    {
        var y = new double[before * to * after];
        for (var i = 0; i < to; i++)
        {
            var row = weights(i);
            for (var b = 0; b < before; b++)
                for (var a = 0; a < after; a++)
                    for (var k = 0; k < from; k++) y[(b * to + i) * after + a] += row[k] * x[(b * from + k) * after + a];
        }
        return y;
    }

    private static double[] Single(int at, int length)
    {
        var weights = new double[length];
        weights[Math.Min(at, length - 1)] = 1;
        return weights;
    }

    private static double[] Linear(double at, int length)
    {
        var weights = new double[length];
        var below = Math.Min((int)at, length - 1);
        weights[below] += 1 - (at - below);
        weights[Math.Min(below + 1, length - 1)] += at - below;
        return weights;
    }

    // Keys' kernel with a = -0.75; what lies beyond the border is the border
    private static double[] Cubic(double at, int length)
    {
        const double a = -0.75;
        double Near(double x) => ((a + 2) * x - (a + 3)) * x * x + 1;
        double Far(double x) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
        var weights = new double[length];
        var below = (int)Math.Floor(at);
        var t = at - below;
        var four = new[] { Far(t + 1), Near(t), Near(1 - t), Far(2 - t) };
        for (var i = 0; i < 4; i++) weights[Math.Clamp(below - 1 + i, 0, length - 1)] += four[i];
        return weights;
    }
}
