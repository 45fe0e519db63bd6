using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Measures one layer of an adapter.</summary>
internal static class LayerInspector
{
    /// <summary>Scales outside these are legal, and mostly a mistake.</summary>
    private const double LeastScale = 1.0 / 256, GreatestScale = 4;

    public static LayerInspection Inspect(LoraModule module, ModelLayers layers, BaseCheckpoint? weights)
    {
        using var scope = NewDisposeScope();
        var shape = layers.Shape(module.Target)!;
        var known = new LayerInspection
        {
            Layer = layers.Names.Stem(module.Target),
            Component = module.Target.Component.ToString(),
            Block = BlockOf(module.Target),
            Algorithm = module.Algorithm,
            Rank = module.Rank,
            Scale = module.Scale,
            Notes = [.. Notes(module)],
        };
        if (!module.Tensors.Values.All(IsFinite)) return known with { IsFinite = false };

        known = known with { UpNorm = Norm(module, TensorKind.Up), DownNorm = Norm(module, TensorKind.Down), BiasNorm = module.BiasDifference()?.norm().ToDouble() };
        if (LayerSum.NeedsBase(module) && weights is null)
            return known with { Notes = [.. known.Notes, "its change depends on the checkpoint's own weights: name it to see how large it is"] };
        if (!module.ChangesWeight) return known with { Norm = 0, IsZero = known.BiasNorm is null or 0 };

        var sum = new LayerSum(module.Target, shape, [(module, 1)]);
        var (norm, spectrum) = Measure(sum, weights);
        return known with
        {
            Norm = norm,
            Spectrum = spectrum,
            IsZero = norm == 0 && known.BiasNorm is null or 0,
            RelativeNorm = weights is null ? null : norm / weights.Weight(module.Target).to(float64).norm().ToDouble(),
        };
    }

    /// <summary>The block in the words of weights by block.</summary>
    internal static string BlockOf(ModuleName target)
    {
        var path = target.Path.Split('.');
        return (target.Component, path) switch
        {
            (ModelComponent.TextEncoder, [.., "layers", var layer, _]) => $"TE{int.Parse(layer):00}",
            (ModelComponent.TextEncoder, [.., "layers", var layer, _, _]) => $"TE{int.Parse(layer):00}",
            (ModelComponent.UNet, ["input_blocks", var block, ..]) => $"IN{int.Parse(block):00}",
            (ModelComponent.UNet, ["middle_block", ..]) => "MID",
            (ModelComponent.UNet, ["output_blocks", var block, ..]) => $"OUT{int.Parse(block):00}",
            _ => "BASE",
        };
    }

    private static (double Norm, Spectrum? Spectrum) Measure(LayerSum sum, BaseCheckpoint? weights)
    {
        if (sum.Thin() is { } thin)
        {
            var singular = thin.Decompose();
            return (singular.Norm, Spectrum.Of(singular.Values));
        }
        var whole = sum.Whole(weights).to(float64);
        if (sum.IsNorm) return (whole.norm().ToDouble(), null);
        // values of large matrices are told well enough in single precision
        double[] values = [.. linalg.svdvals(whole.flatten(start_dim: 1).to(float32)).to(float64).data<double>().ToArray()];
        return (whole.norm().ToDouble(), Spectrum.Of(values));
    }

    private static IEnumerable<string> Notes(LoraModule module)
    {
        if (module.Tensors.TryGetValue(TensorKind.Alpha, out var alpha))
        {
            if (alpha.dim() > 0) yield return $"alpha is of shape [{string.Join(", ", alpha.shape)}] where a single number belongs";
            if (alpha.dtype is ScalarType.Int64 or ScalarType.Int32) yield return "alpha is a whole number's type, as converters write it";
            if (alpha.NumberOfElements == 1 && alpha.flatten()[0].to(float64).ToDouble() == 0) yield return "alpha is 0, which readers take for the rank";
        }
        else if (module.Tensors.ContainsKey(TensorKind.Down))
        {
            yield return "it has no alpha: the scale is taken to be 1";
        }
        if (module.Scale is < LeastScale or > GreatestScale) yield return $"its scale of {module.Scale:0.#####} is unusual";
    }

    private static bool IsFinite(Tensor tensor) => tensor.isfinite().all().ToBoolean();

    private static double? Norm(LoraModule module, string kind) =>
        module.Tensors.TryGetValue(kind, out var tensor) ? tensor.to(float64).norm().ToDouble() : null;
}
