using LoraBridge.Lora.Algorithms;

namespace LoraBridge.Lora.Formats;

/// <summary>Tells by a layer's tensors which algorithm made them.</summary>
internal static class ModuleFactory
{
    private sealed record Row(string Name, Func<string, bool> Owns, Func<ModuleTensors, LoraModule> Create, bool TakesDora = false, bool FitsNorms = false);

    private static readonly Row[] s_algorithms =
    [
        new("LoRA", kind => kind.StartsWith("lora_", StringComparison.Ordinal) && kind != TensorKind.Magnitude, LowRankModule.Create, TakesDora: true),
        new("LoHa", kind => kind.StartsWith("hada_", StringComparison.Ordinal), LohaModule.Create, TakesDora: true),
        new("LoKr", kind => kind.StartsWith("lokr_", StringComparison.Ordinal), LokrModule.Create, TakesDora: true),
        new("GLoRA", kind => kind is TensorKind.GloraA1 or TensorKind.GloraA2 or TensorKind.GloraB1 or TensorKind.GloraB2 or TensorKind.GloraMid, GloraModule.Create),
        new("OFT", kind => kind is TensorKind.OftBlocks or TensorKind.OftRotations, OftModule.Create),
        new("IA3", kind => kind is TensorKind.Ia3, Ia3Module.Create),
        new("Full", kind => kind is TensorKind.Difference, DifferenceModule.Full, FitsNorms: true),
        new("Norm", kind => kind is TensorKind.NormWeight or TensorKind.NormBias, DifferenceModule.Norm, FitsNorms: true),
        new("Set", kind => kind is TensorKind.Replacement, ReplacementModule.Create, FitsNorms: true),
    ];

    /// <summary>What the algorithm of a layer's tensors is called; null when they are of none.</summary>
    public static string? Name(IEnumerable<string> kinds) => Array.Find(s_algorithms, row => kinds.Any(row.Owns))?.Name;

    /// <summary>The module that a layer's tensors make; null when they make none, such as an alpha alone.</summary>
    /// <param name="kinds">Which are there.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="LoraMismatchException">They are incomplete, of wrong shapes, or of two algorithms.</exception>
    public static LoraModule? Create(IReadOnlyCollection<string> kinds, ModuleTensors tensors)
    {
        var found = s_algorithms.Where(row => kinds.Any(row.Owns)).ToArray();
        if (found.Length > 1)
            throw tensors.WrongModule($"has tensors of {found[0].Name} and of {found[1].Name} for one layer", "Keep one of the two in each file.");
        var dora = kinds.FirstOrDefault(kind => kind is TensorKind.DoraScale or TensorKind.Magnitude);
        if (found.Length == 0)
            return kinds.Contains(TensorKind.DifferenceOfBias) && dora is null ? DifferenceModule.Full(tensors) : null;
        if (dora is not null && !found[0].TakesDora)
            throw tensors.WrongModule($"goes with LoRA, LoHa or LoKr, not with {found[0].Name}", "Train the adapter anew with one of those.", dora);

        if (tensors.Shape.Count < 2 && !found[0].FitsNorms)
            throw tensors.WrongModule($"is a norm, whose weight is no matrix that {found[0].Name} could change");

        var module = found[0].Create(tensors);
        return dora is null ? module : DoraModule.Create(module, tensors);
    }
}
