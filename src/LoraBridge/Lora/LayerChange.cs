using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>
/// Everything that adapters do to one layer: the changed weight itself (to merge), or the layer's output with it (live), where
/// every picture of the batch may have weights of its own.
/// </summary>
/// <param name="layer">The layer.</param>
/// <param name="parts">What each adapter does to it.</param>
internal sealed class LayerChange(WeightLayer layer, IReadOnlyList<LayerPart> parts) : IDisposable
{
    /// <summary>Moving an element of a weight through memory takes about as long as this many multiplications.</summary>
    private const long MemoryCost = 8;

    private readonly Dictionary<int, Tensor> _dense = [], _biases = [];
    private LayerFactors? _factors;
    private List<int> _denseParts = [];
    private ScalarType? _type;

    /// <summary>The layer.</summary>
    public WeightLayer Layer => layer;

    /// <summary>Whether the layer is one of the text encoder.</summary>
    public bool IsText => parts[0].Module.Target.Component == ModelComponent.TextEncoder;

    /// <summary>Whether weights are the same for all pictures and steps.</summary>
    public bool IsUniform => parts.All(part => part.IsUniform);

    /// <summary>Whether every part is a product of thin matrices, which costs little where it is computed beside the layer.</summary>
    public bool IsThin => parts.All(part => part.Module.IsThin);

    /// <summary>The layer's parameters at the weights of the first picture, computed in float32.</summary>
    /// <param name="type">The type to return.</param>
    /// <returns>Tensors in no scope.</returns>
    public (Tensor Weight, Tensor? Bias) Merged(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Prepare(float32);
        var (weight, bias) = Parameters([.. parts.Select(part => part.WeightsAt(0)[0])], float32);
        return (weight.to(type).DetachFromDisposeScope(), bias?.to(type).DetachFromDisposeScope());
    }

    /// <summary>The layer's output with the adapters.</summary>
    /// <param name="x">Its input; row i belongs to picture i modulo the number of pictures.</param>
    /// <param name="fraction">How much of the run is done, 0 to 1.</param>
    /// <param name="picture">The picture that all rows belong to; null when the rows tell.</param>
    public Tensor Output(Tensor x, double fraction, int? picture)
    {
        using var scope = NewDisposeScope();
        Prepare(x.dtype);
        var byPart = parts.Select(part => part.WeightsAt(fraction)).ToArray();
        var groups = Groups(byPart, picture, (int)x.shape[0]);
        if (groups.Count == 1 && Array.TrueForAll(groups[0].Weights, weight => weight == 0)) return layer.Plain(x).MoveToOuterDisposeScope();

        var y = _denseParts.Count == 0 && IsCheaperBeside(x, groups.Count)
            ? Beside(x, groups)
            : groups.Count == 1 ? WithChanged(x, groups[0].Weights) : EachWithChanged(x, groups);
        return y.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _factors?.Dispose();
        foreach (var tensor in _dense.Values.Concat(_biases.Values)) tensor.Dispose();
        _dense.Clear();
        _biases.Clear();
        (_factors, _type) = (null, null);
    }

    private void Prepare(ScalarType type)
    {
        if (_type == type) return;
        Dispose();
        _factors = LayerFactors.Of(parts, layer.WeightShape, type, out _denseParts);
        foreach (var part in _denseParts)
        {
            using var scope = NewDisposeScope();
            var module = parts[part].Module;
            if (module.ChangesWeight) _dense[part] = module.WeightDifference(layer.Weight.to(float32), parts[part].DynamicRank).to(type).DetachFromDisposeScope();
            if (module.BiasDifference() is { } bias) _biases[part] = bias.to(type).DetachFromDisposeScope();
        }
        _type = type;
    }

    // rows with the same weights are computed together
    private static List<(double[] Weights, List<long> Rows)> Groups(double[][] byPart, int? picture, int rows)
    {
        var pictures = byPart[0].Length;
        if (picture is { } only) return [([.. byPart.Select(weights => weights[only])], [.. Enumerable.Range(0, rows).Select(row => (long)row)])];
        if (rows % pictures != 0)
            throw new InvalidOperationException($"A batch of {rows} rows cannot be shared by {pictures} pictures with weights of their own.");

        var groups = new List<(double[] Weights, List<long> Rows)>();
        for (var p = 0; p < pictures; p++)
        {
            double[] weights = [.. byPart.Select(part => part[p])];
            var group = groups.FindIndex(other => other.Weights.AsSpan().SequenceEqual(weights));
            if (group < 0)
            {
                group = groups.Count;
                groups.Add((weights, []));
            }
            for (var row = p; row < rows; row += pictures) groups[group].Rows.Add(row);
        }
        return groups;
    }

    // forming the changed weights costs the same whatever the input, the products beside the layer grow with its positions
    private bool IsCheaperBeside(Tensor x, int groups)
    {
        var (output, inputs) = (layer.WeightShape[0], layer.WeightShape[1..].Aggregate(1L, (a, b) => a * b));
        var positions = x.NumberOfElements / layer.WeightShape[1];
        if (layer is Conv2dLayer convolution) positions /= convolution.Stride * convolution.Stride;
        long ranks = _factors!.Ranks;
        return positions * ranks * (inputs + output) <= groups * output * inputs * (ranks + MemoryCost);
    }

    /// <summary>The layer's own output plus up · weight · down of the input.</summary>
    private Tensor Beside(Tensor x, List<(double[] Weights, List<long> Rows)> groups)
    {
        var (down, up) = (_factors!.Down, _factors.Up);
        var weights = groups.Count == 1 ? RankWeights(groups[0].Weights, x) : RankWeights(groups, x);   // (1 or B, R)
        var y = layer.Plain(x);
        if (layer is Conv2dLayer convolution)
        {
            var inner = convolution.Convolve(x, down) * weights.unsqueeze(-1).unsqueeze(-1);    // (B, R, H', W')
            return Activations.Add(y, nn.functional.conv2d(inner, up.unsqueeze(-1).unsqueeze(-1)));
        }
        var thin = nn.functional.linear(x, down);                               // (B, …, R)
        while (weights.dim() < thin.dim()) weights = weights.unsqueeze(1);
        thin = thin * weights;
        // the layer's output is nobody else's: it takes the sum, unless gradients need it
        if (is_grad_enabled() || !y.is_contiguous()) return y.flatten(0, -2).addmm(thin.flatten(0, -2), up.t()).view(y.shape);
        y.view(-1, y.shape[^1]).addmm_(thin.flatten(0, -2), up.t());
        return y;
    }

    private Tensor WithChanged(Tensor x, double[] weights)
    {
        var (weight, bias) = Parameters(weights, x.dtype);
        return layer.With(x, weight, bias);
    }

    private Tensor EachWithChanged(Tensor x, List<(double[] Weights, List<long> Rows)> groups)
    {
        var outputs = new List<Tensor>();
        var places = new long[x.shape[0]];
        var done = 0L;
        foreach (var (weights, rows) in groups)
        {
            using var scope = NewDisposeScope();
            foreach (var row in rows) places[row] = done++;
            outputs.Add(WithChanged(x.index_select(0, tensor(rows, device: x.device)), weights).MoveToOuterDisposeScope());
        }
        return cat(outputs, dim: 0).index_select(0, tensor(places, device: x.device));
    }

    private (Tensor Weight, Tensor? Bias) Parameters(double[] weights, ScalarType type)
    {
        Tensor weight = layer.Weight.to(type);
        var isCopy = layer.Weight.dtype != type && !is_grad_enabled();
        Tensor? bias = layer.Bias?.to(type);
        if (_factors is { } factors)
        {
            var up = factors.Up * RankWeights(weights, weight);                 // (out, R)
            var (rows, down) = (weight.flatten(start_dim: 1), factors.Down.flatten(start_dim: 1));
            // a widened copy is ours to change
            weight = (isCopy ? rows.addmm_(up, down) : rows.addmm(up, down)).view(layer.WeightShape);
        }
        foreach (var (part, difference) in _dense) weight = weight.add(difference, weights[part]);
        foreach (var (part, difference) in _biases) bias = bias is null ? difference * weights[part] : bias.add(difference, weights[part]);
        return (weight, bias);
    }

    private Tensor RankWeights(double[] weights, Tensor like) =>
        tensor([.. _factors!.OfRanks(weights)], dtype: like.dtype, device: like.device).unsqueeze(0);

    private Tensor RankWeights(List<(double[] Weights, List<long> Rows)> groups, Tensor like)
    {
        var flat = new float[like.shape[0] * _factors!.Ranks];
        foreach (var (weights, rows) in groups)
        {
            float[] row = [.. _factors.OfRanks(weights)];
            foreach (var place in rows) row.CopyTo(flat, place * row.Length);
        }
        return tensor(flat, [like.shape[0], _factors.Ranks], dtype: like.dtype, device: like.device);
    }
}
