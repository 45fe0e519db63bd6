using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class LinalgTests
{
    [Fact]
    public void Svd_MultipliedTogether_IsTheMatrix()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([3, 2]);

        var (u, s, vh) = linalg.svd(a, fullMatrices: false);
        var full = linalg.svd(a);

        Assert.Equal([3, 2], u.shape);
        Assert.Equal([3, 3], full.U.shape);
        TensorAssert.Close(a, (u * s).mm(vh), 1e-12);
        TensorAssert.Close(eye(2, dtype: float64), u.t().mm(u), 1e-12);
        TensorAssert.Close(eye(2, dtype: float64), vh.mm(vh.t()), 1e-12);
        TensorAssert.Close(s, linalg.svdvals(a), 1e-12);
        PlainValues.Close([], [PlainValues.Of(a).Sum(value => value * value)], s.square().sum());
        GradientCheck.Run(x => linalg.svdvals(x[0]), a);
        GradientCheck.Run(x => linalg.svd(x[0], false).S, a);
    }

    [Theory]
    [InlineData(linalg.QRMode.Reduced, new long[] { 3, 2 })]
    [InlineData(linalg.QRMode.Complete, new long[] { 3, 3 })]
    public void Qr_MultipliedTogether_IsTheMatrix(linalg.QRMode mode, long[] shape)
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([3, 2]);

        var (q, r) = linalg.qr(a, mode);

        Assert.Equal(shape, q.shape);
        TensorAssert.Close(a, q.mm(r), 1e-12);
        TensorAssert.Close(eye(q.size(1), dtype: float64), q.t().mm(q), 1e-12);
        TensorAssert.Close(zeros_like(r), r.tril(-1), 1e-12);
    }

    [Fact]
    public void Qr_OfTheUpperHalfAlone_GivesIt()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([3, 2]);

        TensorAssert.Close(linalg.qr(a).R, linalg.qr(a, linalg.QRMode.R).R, 1e-12);
        GradientCheck.Run(x => linalg.qr(x[0]).R, a);
    }

    [Fact]
    public void VectorNorm_IsTheRootOfThePowers()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([2, 3]);
        var v = PlainValues.Of(a);

        PlainValues.Close([], [Math.Sqrt(v.Sum(x => x * x))], linalg.vector_norm(a));
        PlainValues.Close([2, 1], [v[..3].Sum(Math.Abs), v[3..].Sum(Math.Abs)], linalg.vector_norm(a, 1, [1], keepdim: true));
        PlainValues.Close([], [v.Max(Math.Abs)], linalg.vector_norm(a, double.PositiveInfinity));
        GradientCheck.Run(x => linalg.vector_norm(x[0], 3, [1]), a);
    }

    [Fact]
    public void InverseAndSolution_UndoTheMatrix()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([3, 3]) + 3 * eye(3, dtype: float64);
        var b = PlainValues.Sample([3, 2], seed: 1);

        TensorAssert.Close(eye(3, dtype: float64), a.mm(linalg.inv(a)), 1e-12);
        TensorAssert.Close(b, a.mm(linalg.solve(a, b)), 1e-12);
        GradientCheck.Run(x => linalg.inv(x[0]), a);
        GradientCheck.Run(x => linalg.solve(x[0], x[1]), a, b);
    }

    [Theory]
    [InlineData(FFTNormType.Backward, 1, 1.0 / 6)]
    [InlineData(FFTNormType.Forward, 1.0 / 6, 1)]
    [InlineData(FFTNormType.Ortho, 0.40824829046386296, 0.40824829046386296)]
    public void Fft2_IsTheSumOfWaves(FFTNormType norm, double forward, double backward)
    {
        using var scope = NewDisposeScope();
        var x = PlainValues.Sample([2, 3]);
        var v = PlainValues.Of(x);

        var spectrum = fft.fft2(x, norm: norm);

        Assert.Equal(ScalarType.ComplexFloat64, spectrum.dtype);
        var energies = new double[6];
        for (var k = 0; k < 6; k++)
        {
            var (real, imaginary) = (0.0, 0.0);
            for (var i = 0; i < 6; i++)
            {
                var angle = -2 * Math.PI * ((double)(k / 3 * (i / 3)) / 2 + (double)(k % 3 * (i % 3)) / 3);
                real += v[i] * Math.Cos(angle);
                imaginary += v[i] * Math.Sin(angle);
            }
            energies[k] = Math.Sqrt(real * real + imaginary * imaginary) * forward;
        }
        PlainValues.Close([2, 3], energies, spectrum.abs(), 1e-12);
        var back = fft.ifft2(fft.fft2(x), norm: norm).abs();
        PlainValues.Close([2, 3], [.. v.Select(value => Math.Abs(value) * 6 * backward)], back, 1e-12);
    }

    [Fact]
    public void Fft2_OfASize_PadsOrCutsFirst()
    {
        using var scope = NewDisposeScope();
        var x = PlainValues.Sample([2, 3, 4]);

        Assert.Equal([2, 5, 6], fft.fft2(x, s: [5, 6]).shape);
        Assert.Equal([5, 3, 6], fft.ifft2(x, s: [5, 6], dim: [0, 2]).shape);
        GradientCheck.Run(t => fft.ifft2(fft.fft2(t[0])).abs(), x);
    }
}
