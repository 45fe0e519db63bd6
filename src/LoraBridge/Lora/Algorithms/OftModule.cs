using LoraBridge.Lora.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>
/// Turns the layer's rows by rotations, block by block (Qiu et al. 2023, arXiv:2306.07280); BOFT is a product of several such
/// turns over mixed rows, as in a fast Fourier transform (Liu et al. 2024, arXiv:2311.06243). D = R W − W.
/// </summary>
internal sealed class OftModule : LoraModule
{
    private const double Smallest = 1e-8;                                       // LyCORIS adds it on both sides of the fraction

    private readonly string _kind;
    private readonly double _limit;

    private OftModule(ModuleTensors tensors, string algorithm, string kind, double limit) : base(tensors.Target, algorithm, tensors.Taken) =>
        (_kind, _limit) = (kind, limit);

    private bool IsButterfly => Tensors[_kind].dim() == 4;

    /// <summary>Takes the tensors of a layer.</summary>
    public static OftModule Create(ModuleTensors tensors)
    {
        var kind = tensors.Has(TensorKind.OftBlocks) ? TensorKind.OftBlocks : TensorKind.OftRotations;
        var blocks = tensors.Need(kind);
        var shape = blocks.shape;
        tensors.Check(shape.Length is 3 or 4 && shape[^1] == shape[^2] && shape[^1] > 0 && shape[^1] * shape[^3] == tensors.Out, kind, "is not made of square blocks that cover the outputs");
        tensors.Check(shape.Length == 3 || CanMix(shape, tensors.Out), kind, "has more factors than its outputs can be mixed for");
        // alpha is no scale here: it bounds how far the rotations may go
        var alpha = tensors.Number(TensorKind.Alpha) ?? 0;
        if (tensors.Take(TensorKind.Rescale) is { } rescale) tensors.Check(rescale.NumberOfElements == tensors.Out, TensorKind.Rescale, "does not have a factor for every output");
        tensors.TakeBias(TensorKind.DifferenceOfBias);
        return new(tensors, shape.Length == 4 ? "BOFT" : "OFT", kind, alpha * tensors.Out);
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var rows = weight.flatten(start_dim: 1);                                // (out, n)
        var rotations = Rotations();
        var turned = IsButterfly ? Butterfly(rotations, rows) : Turn(rotations.transpose(1, 2), rows);
        if (Tensors.ContainsKey(TensorKind.Rescale)) turned = turned * Float(TensorKind.Rescale).reshape(-1, 1);
        return (turned - rows).reshape(weight.shape).MoveToOuterDisposeScope();
    }

    // Cayley: a skew matrix Q makes the rotation (I + Q)(I − Q)⁻¹
    private Tensor Rotations()
    {
        var blocks = Tensors[_kind].to(float64);
        if (_kind == TensorKind.OftRotations) return blocks.to(float32);
        var skew = blocks - blocks.transpose(-1, -2);
        if (_limit > 0)
        {
            var norm = skew.flatten().norm().ToDouble();
            skew = skew * ((Math.Min(norm, _limit) + Smallest) / (norm + Smallest));
        }
        var one = eye(blocks.shape[^1], dtype: float64, device: blocks.device);
        var flat = skew.reshape(-1, skew.shape[^2], skew.shape[^1]);            // bmm knows three dimensions
        return (one + flat).bmm(linalg.inv(one - flat)).reshape(skew.shape).to(float32);
    }

    // rows of every block by its matrix: (nb, b, b) and (nb b, n)
    private static Tensor Turn(Tensor matrices, Tensor rows) =>
        matrices.bmm(rows.reshape(matrices.shape[0], matrices.shape[1], -1)).reshape(rows.shape);

    private static Tensor Butterfly(Tensor rotations, Tensor rows)
    {
        var (factors, half, columns) = (rotations.shape[0], rotations.shape[^1] / 2, rows.shape[1]);
        for (var i = 0; i < factors; i++)
        {
            var group = half << i;                                              // rows as (c, 2, group) are turned as (c, group, 2)
            var mixed = rows.reshape(-1, 2, group, columns).transpose(1, 2).reshape(rows.shape);
            rows = Turn(rotations[i], mixed).reshape(-1, group, 2, columns).transpose(1, 2).reshape(rows.shape);
        }
        return rows;
    }

    private static bool CanMix(long[] shape, long outputs)
    {
        var (factors, block) = (shape[0], shape[^1]);
        return factors is > 0 and < 32 && block % 2 == 0 && outputs % (block << (int)(factors - 1)) == 0;
    }
}
