using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Lora.Algorithms;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>What became of an adapter that is trained on; layers by their names in files.</summary>
/// <param name="Taken">Modules that were taken as they are.</param>
/// <param name="Padded">Modules of a smaller rank: new ranks begin without effect.</param>
/// <param name="Truncated">Modules of a greater rank, of which the nearest change of the rank trained was kept.</param>
/// <param name="Missing">Layers that are trained and that the adapter does not change: they begin anew.</param>
/// <param name="Unused">Layers that the adapter changes and that are not trained: their change is not in the result.</param>
public sealed record StartingReport(int Taken, int Padded, int Truncated, IReadOnlyList<string> Missing, IReadOnlyList<string> Unused);

/// <summary>Begins modules with an adapter's, so that the change of every layer is the adapter's, whatever rank and alpha it had.</summary>
internal static class StartingWeights
{
    private enum Way
    {
        Taken,
        Padded,
        Truncated,
    }

    /// <summary>Overwrites the modules' first values.</summary>
    /// <exception cref="LoraMismatchException">A module cannot be continued as the settings want it.</exception>
    public static StartingReport Apply(IReadOnlyList<TrainableModule> modules, LoraFile file, ModelLayers layers)
    {
        if (file.Report.NonFiniteKeys.Count > 0)
            throw new LoraMismatchException(file.Path, file.Report.NonFiniteKeys[0], "holds NaN or infinity", "Begin from an earlier checkpoint.");
        var stored = file.Modules.ToDictionary(module => module.Target);
        var (ways, missing) = (new List<Way>(), new List<string>());
        foreach (var module in modules)
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            if (stored.Remove(module.Plan.Layer, out var from)) ways.Add(Continue(module, from, file.Path));
            else missing.Add(module.Plan.Stem);
        }
        string[] unused = [.. stored.Keys.Select(Stem)];
        return new(ways.Count(way => way == Way.Taken), ways.Count(way => way == Way.Padded), ways.Count(way => way == Way.Truncated), missing, unused);

        string Stem(ModuleName name) => layers.Find(name) is null ? name.Path : layers.Names.Stem(name);
    }

    private static Way Continue(TrainableModule module, LoraModule from, string path)
    {
        if (from is DoraModule dora)
        {
            if (!module.HasLengths) throw Refused(module, path, "has lengths of its own (DoRA)", "Set network.weightDecompose to true, or bake the lengths in by extracting a plain LoRA.");
            var lengths = module.Tensors.Single(tensor => tensor.Kind == TensorKind.DoraScale);
            if (dora.IsByOutput != module.IsByOutput)
                throw Refused(module, path, $"has lengths of {(dora.IsByOutput ? "output rows" : "input columns")}", $"Set network.decomposeOnOutput to {(dora.IsByOutput ? "true" : "false")}.");
            var inner = Change(module, dora.Inner, from.Tensors, path);
            if (inner == Way.Truncated) module.ResetLengths();
            else lengths.Set(from.Tensors[TensorKind.DoraScale].to(float32).reshape(lengths.Value.shape));
            return inner;
        }
        var way = Change(module, from, from.Tensors, path);
        module.ResetLengths();
        return way;
    }

    // the change without lengths
    private static Way Change(TrainableModule module, LoraModule from, IReadOnlyDictionary<string, Tensor> tensors, string path)
    {
        if (from.ChangesBias && module is not TrainableDifference)
            throw Refused(module, path, "changes the layer's bias, which this algorithm leaves alone", "Set network.algorithm to full.");
        var own = module.Tensors.Where(tensor => tensor.Kind != TensorKind.DoraScale).ToArray();
        if (own.All(tensor => tensors.ContainsKey(tensor.Kind) && FitsOrPads(tensor, tensors[tensor.Kind]))) return Take(module, own, from, tensors);
        if (module is TrainableLora { HasMid: false } lora && from.Factors() is { } factors) return Fit(lora, factors);
        throw Refused(module, path, $"is {from.Algorithm}{(from.Rank is { } rank ? $" of rank {rank}" : "")}, which the algorithm and rank of this run cannot continue",
            "Set network.rankFromWeights to true and network.algorithm to the file's, or resize the file first.");
    }

    private static Way Take(TrainableModule module, TrainedTensor[] own, LoraModule from, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var way = Way.Taken;
        foreach (var tensor in own)
        {
            var values = tensors[tensor.Kind].to(float32).to(tensor.Value.device);
            if (Same(values, tensor))
            {
                tensor.Set(values.reshape(tensor.Value.shape));
                continue;
            }
            way = Way.Padded;
            Pad(tensor, values);
        }
        // the same change at another scale: one factor makes up for it
        if (module.Scale != from.Scale) (own.FirstOrDefault(tensor => tensor.Kind == TensorKind.Up) ?? module.Factors[0]).Multiply(from.Scale / module.Scale);
        return way;
    }

    private static Way Fit(TrainableLora lora, LowRankFactors factors)
    {
        var device = lora.Up.Value.device;
        var (down, up) = (factors.Down.to(device).flatten(start_dim: 1), factors.Up.to(device) / lora.Scale);     // (R, n), (out, R)
        var (rank, wanted) = (down.shape[0], lora.Down.Value.shape[0]);
        var way = rank == wanted ? Way.Taken : rank < wanted ? Way.Padded : Way.Truncated;
        if (way == Way.Truncated) (down, up) = Nearest(down, up, wanted);
        Place(lora.Down, down.reshape([down.shape[0], .. lora.Down.Value.shape[1..]]));
        Place(lora.Up, lora.Up.Value.dim() == 4 ? up.unsqueeze(-1).unsqueeze(-1) : up);
        return way;
    }

    private static void Place(TrainedTensor tensor, Tensor values)
    {
        if (Same(values, tensor)) tensor.Set(values);
        else Pad(tensor, values);
    }

    /// <summary>The nearest product of a rank (Eckart and Young 1936) to up · down, whose factors share its size evenly; by QR of both, so that nothing large is decomposed.</summary>
    /// <param name="down">(R, n)</param>
    /// <param name="up">(m, R)</param>
    /// <param name="rank">r, at most R.</param>
    internal static (Tensor Down, Tensor Up) Nearest(Tensor down, Tensor up, long rank)
    {
        using var scope = NewDisposeScope();
        var (leftQ, leftR) = linalg.qr(up.to(float64).cpu());
        var (rightQ, rightR) = linalg.qr(down.to(float64).cpu().t());
        var (u, s, vh) = linalg.svd(leftR.mm(rightR.t()), fullMatrices: false);
        var kept = Math.Min(rank, s.shape[0]);
        var root = s.narrow(0, 0, kept).sqrt();
        var smallUp = leftQ.mm(u.narrow(1, 0, kept)) * root.unsqueeze(0);
        var smallDown = root.unsqueeze(1) * vh.narrow(0, 0, kept).mm(rightQ.t());
        return (smallDown.to(float32).to(down.device).MoveToOuterDisposeScope(), smallUp.to(float32).to(up.device).MoveToOuterDisposeScope());
    }

    private static bool FitsOrPads(TrainedTensor tensor, Tensor values)
    {
        if (Same(values, tensor)) return true;
        if (tensor.Ranks is not { } ranks) return false;
        long[] own = tensor.Value.shape;
        return values.NumberOfElements > 0 && values.dim() == own.Length && values.shape[ranks.Axis] < own[ranks.Axis]
            && own.Index().All(size => size.Index == ranks.Axis || values.shape[size.Index] == size.Item);
    }

    // files have 1x1 convolutions as matrices and the other way round
    private static bool Same(Tensor values, TrainedTensor tensor)
    {
        static IEnumerable<long> WithoutOnes(long[] shape) => shape.Take(2).Concat(shape.Skip(2).Where(size => size != 1));
        return values.NumberOfElements == tensor.Value.NumberOfElements && WithoutOnes(values.shape).SequenceEqual(WithoutOnes(tensor.Value.shape));
    }

    private static void Pad(TrainedTensor tensor, Tensor values)
    {
        var (axis, isZero) = tensor.Ranks!.Value;
        if (isZero) tensor.Value.zero_();
        tensor.Value.narrow(axis, 0, values.shape[axis]).copy_(values);
    }

    private static LoraMismatchException Refused(TrainableModule module, string path, string reason, string cure) => new(path, module.Plan.Stem, reason, cure);
}
