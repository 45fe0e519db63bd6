using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Native.Binding;

/// <summary>The CPU kernels against the same functions of plain operators in float64.</summary>
public sealed class FusedKernelTests
{
    // whole and broken vectors, one and several key blocks, widths of Stable Diffusion's heads and odd ones
    [Theory]
    [InlineData(2, 3, 50, 77, 40)]
    [InlineData(1, 8, 64, 64, 8)]
    [InlineData(1, 2, 97, 1030, 80)]
    [InlineData(1, 1, 31, 600, 160)]
    [InlineData(2, 1, 7, 5, 13)]
    [InlineData(1, 1, 130, 257, 512)]
    [InlineData(1, 4, 1, 1, 1)]
    public void FusedAttention_EqualsPlainAttention(int batch, int heads, int queries, int keys, int width)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var q = Random(generator, batch, queries, heads * width);
        var k = Random(generator, batch, keys, heads * width);
        var v = Random(generator, batch, keys, heads * width);

        var exact = Plain(q, k, v, heads);

        TensorAssert.Close(exact.to(float32), TorchExtras.FusedAttention(q, k, v, heads)!, 2e-6, "float32");
        // 8 bits of mantissa in the inputs, the weights and the result: a few 2^-8 of values near 1
        var (qb, kb, vb) = (q.to(bfloat16), k.to(bfloat16), v.to(bfloat16));
        var halved = TorchExtras.FusedAttention(qb, kb, vb, heads)!;
        Assert.Equal(ScalarType.BFloat16, halved.dtype);
        TensorAssert.Close(Plain(qb, kb, vb, heads).to(float32), halved.to(float32), 0.03, "bfloat16");
    }

    [Fact]
    public void FusedAttention_StridedInputs_EqualDenseOnes()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var all = Random(generator, 2, 40, 3 * 64);
        var parts = all.chunk(3, dim: -1);
        var transposed = Random(generator, 2, 64, 40).transpose(1, 2);

        var dense = TorchExtras.FusedAttention(parts[0].contiguous(), transposed.contiguous(), parts[2].contiguous(), 4)!;

        TensorAssert.Same(dense, TorchExtras.FusedAttention(parts[0], transposed, parts[2], 4)!);
    }

    [Fact]
    public void FusedAttention_LargeScores_StayFinite()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (q, k, v) = (Random(generator, 1, 20, 32) * 60, Random(generator, 1, 700, 32) * 60, Random(generator, 1, 700, 32));
        TensorAssert.Close(Plain(q, k, v, 1).to(float32), TorchExtras.FusedAttention(q, k, v, 1)!, 1e-4);
    }

    [Fact]
    public void FusedAttention_NotANumber_Stays()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (q, k) = (ones([1, 10, 8], dtype: float32, device: CPU), ones([1, 10, 8], dtype: float32, device: CPU));
        q[0, 3, 2] = tensor(float.NaN);
        var y = TorchExtras.FusedAttention(q, k, k, 1)!;
        Assert.True(y[0, 3].isnan().all().ToBoolean());
        Assert.True(y[0, 4].isfinite().all().ToBoolean());
    }

    [Theory]
    [InlineData(false, 2, 32, 5, 7)]
    [InlineData(true, 2, 64, 16, 16)]
    [InlineData(true, 1, 320, 3, 1)]
    [InlineData(false, 1, 32, 1, 1)]
    public void FusedGroupNorm_EqualsPlainNorm(bool withSilu, int batch, int channels, int height, int width)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var x = Random(generator, batch, channels, height, width) * 3 + 5;
        var (w, b) = (Random(generator, channels), Random(generator, channels));
        var exact = functional.group_norm(x.to(float64), 32, w.to(float64), b.to(float64), 1e-5);
        if (withSilu) exact = exact * exact.sigmoid();

        // a group of one value has no spread: the mean is taken off exactly, and only rounding would be left
        TensorAssert.Close(exact.to(float32), TorchExtras.FusedGroupNorm(x, 32, w, b, 1e-5, withSilu)!, 2e-5);

        var xb = x.to(bfloat16);
        var exactOfHalf = functional.group_norm(xb.to(float64), 32, w.to(float64), b.to(float64), 1e-5);
        if (withSilu) exactOfHalf = exactOfHalf * exactOfHalf.sigmoid();
        TensorAssert.Close(exactOfHalf.to(float32), TorchExtras.FusedGroupNorm(xb, 32, w, b, 1e-5, withSilu)!.to(float32), 0.05, "bfloat16");
    }

    [Fact]
    public void FusedGroupNorm_LargeMeanSmallSpread_KeepsTheSpread()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var x = Random(generator, 1, 32, 64, 64) * 0.01 + 200;
        var exact = functional.group_norm(x.to(float64), 32, eps: 1e-5);
        // what is left of the spread after float32 has rounded the input is normalised to 1
        TensorAssert.Close(exact.to(float32), TorchExtras.FusedGroupNorm(x, 32, null, null, 1e-5, false)!, 2e-3);
    }

    [Theory]
    [InlineData(3, 320)]
    [InlineData(5, 77)]
    [InlineData(1, 1)]
    public void FusedLayerNorm_EqualsPlainNorm(int rows, int width)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var x = Random(generator, 2, rows, width) * 2 - 1;
        var (w, b) = (Random(generator, width), Random(generator, width));
        var exact = functional.layer_norm(x.to(float64), [width], w.to(float64), b.to(float64), 1e-5);
        TensorAssert.Close(exact.to(float32), TorchExtras.FusedLayerNorm(x, w, b, 1e-5)!, 1e-5);
        var plain = functional.layer_norm(x.to(float64), [width], eps: 1e-5);
        TensorAssert.Close(plain.to(float32), TorchExtras.FusedLayerNorm(x, null, null, 1e-5)!, 1e-5, "without weights");
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(19)]
    public void FusedGeglu_EqualsPlainFunctions(int width)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var x = Random(generator, 2, 9, 2 * width) * 4;
        var halves = x.to(float64).chunk(2, dim: -1);
        var exact = halves[0] * functional.gelu(halves[1]);
        TensorAssert.Close(exact.to(float32), TorchExtras.FusedGeglu(x)!, 1e-5);
    }

    [Fact]
    public void FusedKernels_WithGradientsOn_StandBack()
    {
        using var scope = NewDisposeScope();
        var x = ones([1, 4, 32], dtype: float32, device: CPU);
        Assert.Null(TorchExtras.FusedAttention(x, x, x, 2));
        Assert.Null(TorchExtras.FusedGroupNorm(x, 2, null, null, 1e-5, false));
        Assert.Null(TorchExtras.FusedLayerNorm(x, null, null, 1e-5));
        Assert.Null(TorchExtras.FusedGeglu(x));
    }

    [Fact]
    public void FusedAttention_HeadsThatDoNotFit_IsAnError()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var x = ones([1, 4, 32], dtype: float32, device: CPU);
        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => TorchExtras.FusedAttention(x, x, x, 5));
        Assert.Contains("divisible", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Random(Generator generator, params long[] shape) => randn(shape, dtype: float32, device: CPU, generator: generator);

    private static Tensor Plain(Tensor q, Tensor k, Tensor v, long heads)
    {
        Tensor Split(Tensor x) => x.to(float64).unflatten(-1, heads, -1).transpose(1, 2).flatten(0, 1);
        var (a, b, c) = (Split(q), Split(k), Split(v));
        var weights = (bmm(a, b.transpose(1, 2)) / Math.Sqrt(q.shape[2] / heads)).softmax(-1);
        return bmm(weights, c).unflatten(0, q.shape[0], heads).transpose(1, 2).flatten(start_dim: 2);
    }
}
