using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>x Wᵀ + b over the last dimension.</summary>
internal sealed class LinearLayer(long inputs, long outputs, bool hasBias = true)
    : WeightLayer("Linear", [outputs, inputs], hasBias ? [outputs] : null)
{
    protected override Tensor Compute(Tensor x, Tensor weight, Tensor? bias) => functional.linear(x, weight, bias);
}

/// <summary>A square convolution of (B, C, H, W) with zeros around, or with what is at the opposite edges.</summary>
internal sealed class Conv2dLayer(long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
    : WeightLayer("Conv2d", [outputs, inputs, kernel, kernel], [outputs])
{
    private readonly long[] _stride = [stride, stride], _padding = [padding, padding];

    /// <summary>Step between the positions of the kernel.</summary>
    public long Stride => _stride[0];

    /// <summary>Cells around the picture.</summary>
    public long Padding => _padding[0];

    /// <summary>Whether the picture's opposite edges stand around it instead of zeros.</summary>
    public bool Wraps { get; set; }

    /// <summary>A convolution with the layer's steps and padding by another kernel of its size.</summary>
    public Tensor Convolve(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (!Wraps || Padding == 0) return functional.conv2d(x, weight, bias, strides: _stride, padding: _padding);
        using var scope = NewDisposeScope();
        var wrapped = functional.pad(x, [Padding, Padding, Padding, Padding], PaddingModes.Circular);
        return functional.conv2d(wrapped, weight, bias, strides: _stride).MoveToOuterDisposeScope();
    }

    protected override Tensor Compute(Tensor x, Tensor weight, Tensor? bias) => Convolve(x, weight, bias);
}

/// <summary>Normalisation over groups of channels of (B, C, …), where wanted with SiLU after it.</summary>
internal sealed class GroupNormLayer(long groups, long channels, double epsilon, bool withSilu = false)
    : WeightLayer("GroupNorm", [channels], [channels])
{
    protected override Tensor Compute(Tensor x, Tensor weight, Tensor? bias)
    {
        if (TorchExtras.FusedGroupNorm(x, groups, weight, bias, epsilon, withSilu) is { } fused) return fused;
        var normal = functional.group_norm(x, groups, weight, bias, epsilon);
        return withSilu ? Activations.Silu(normal) : normal;
    }
}

/// <summary>Normalisation over the last dimension.</summary>
internal sealed class LayerNormLayer(long channels, double epsilon = 1e-5)
    : WeightLayer("LayerNorm", [channels], [channels])
{
    protected override Tensor Compute(Tensor x, Tensor weight, Tensor? bias) =>
        TorchExtras.FusedLayerNorm(x, weight, bias, epsilon) ?? functional.layer_norm(x, WeightShape, weight, bias, epsilon);
}

/// <summary>Rows of a table by their numbers: ids (B, T) of int64 to (B, T, D), in the table's type.</summary>
internal sealed class EmbeddingLayer(long rows, long width) : WeightLayer("Embedding", [rows, width], null)
{
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return Weight.index_select(0, ids.flatten()).view([.. ids.shape, width]).MoveToOuterDisposeScope();
    }

    // never reached: the type of ids is not the type to compute in
    protected override Tensor Compute(Tensor x, Tensor weight, Tensor? bias) => weight.index_select(0, x);
}
