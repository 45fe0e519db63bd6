using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Lora;

/// <summary>
/// One layer's low-rank change (Hu et al. 2021, arXiv:2106.09685): weight + scale * up down, where down is applied to the
/// input first.
/// </summary>
internal sealed class LoraModule(ModuleName target, Tensor down, Tensor up, Tensor? mid, double scale) : IDisposable
{
    /// <summary>The layer it changes.</summary>
    public ModuleName Target { get; } = target;

    /// <summary>alpha / rank.</summary>
    public double Scale { get; } = scale;

    /// <summary>The inner width r.</summary>
    public long Rank { get; } = down.shape[0];

    /// <summary>What is added to the layer's weight at weight 1, in float32.</summary>
    /// <param name="weightShape">(out, in) or (out, in, k, k).</param>
    public Tensor Difference(long[] weightShape)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (down.to(float32), up.to(float32));
        var columns = b.flatten(start_dim: 1);                                  // (out, r)
        Tensor product;
        if (mid is null)
        {
            product = columns.mm(a.flatten(start_dim: 1));                      // (out, in k k)
        }
        else
        {
            // CP form: the kernel stands between two 1x1 convolutions
            var core = mid.to(float32);                                         // (r, r, k, k)
            var rows = a.flatten(start_dim: 1);                                 // (r, in)
            var left = columns.mm(core.flatten(start_dim: 1))
                .unflatten(1, core.shape[1], -1).transpose(1, 2).flatten(0, 1); // (out k k, r)
            product = left.mm(rows).unflatten(0, columns.shape[0], -1).transpose(1, 2).contiguous();    // (out, in, k k)
        }
        return (product.reshape(weightShape) * Scale).MoveToOuterDisposeScope();
    }

    /// <summary>What is added to the layer's output at weight 1: (…, in) to (…, out), or (B, in, H, W) to (B, out, H', W').</summary>
    public Tensor Apply(Tensor x, WeightLayer layer)
    {
        using var scope = NewDisposeScope();
        var (a, b, core) = (down.to(x.dtype), up.to(x.dtype), mid?.to(x.dtype));
        Tensor y;
        if (layer is Conv2dLayer convolution)
        {
            long[] stride = [convolution.Stride, convolution.Stride], padding = [convolution.Padding, convolution.Padding];
            a = Four(a);
            y = core is null
                ? functional.conv2d(x, a, strides: stride, padding: padding)
                : functional.conv2d(functional.conv2d(x, a), core, strides: stride, padding: padding);
            y = functional.conv2d(y, Four(b));
        }
        else
        {
            y = functional.linear(functional.linear(x, a.flatten(start_dim: 1)), b.flatten(start_dim: 1));
        }
        return (y * Scale).MoveToOuterDisposeScope();

        // merge tools store 1x1 factors as matrices
        static Tensor Four(Tensor factor) => factor.dim() == 4 ? factor : factor.unsqueeze(-1).unsqueeze(-1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        down.Dispose();
        up.Dispose();
        mid?.Dispose();
    }
}
