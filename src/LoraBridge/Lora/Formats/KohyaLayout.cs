using LoraBridge.Lora.Algorithms;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Formats;

/// <summary>Keys as kohya's trainer, LyCORIS and the web UI have them; every algorithm has its place.</summary>
internal static class KohyaLayout
{
    /// <summary>The tensors to write, in the types that the modules have.</summary>
    public static Dictionary<string, Tensor> Tensors(LoraFile file)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var module in file.Modules)
        {
            var stem = file.Layers.Names.Stem(module.Target);
            foreach (var (kind, tensor) in module.Tensors)
                if (kind != TensorKind.Scale && (kind != TensorKind.Alpha || module.Rank is null))
                    tensors.Add($"{stem}.{kind}", Shaped(kind, tensor, module, file.Layers));
            // a missing alpha, or a scale in its place, becomes the alpha that means the same
            if (module.Rank is { } rank) tensors.Add($"{stem}.{TensorKind.Alpha}", Alpha(module, rank));
        }
        return tensors;
    }

    /// <summary>A factor with as many dimensions as the layer's weight: readers take 1x1 convolutions for what the file says.</summary>
    public static Tensor Shaped(string kind, Tensor tensor, LoraModule module, ModelLayers layers)
    {
        var shape = layers.Shape(module.Target)!;
        var plain = module is DoraModule dora ? dora.Inner : module;
        if (plain is not LowRankModule || kind is not (TensorKind.Down or TensorKind.Up) || shape.Count is not (2 or 4)) return tensor;
        if (shape.Count == 2) return tensor.flatten(start_dim: 1);
        var rows = tensor.shape[0];
        return kind == TensorKind.Up || module.Tensors.ContainsKey(TensorKind.Mid) ? tensor.reshape(rows, -1, 1, 1) : tensor.reshape([rows, .. shape.Skip(1)]);
    }

    private static Tensor Alpha(LoraModule module, long rank)
    {
        // the file's own, where it has one: rank · (alpha / rank) may differ in the last bit
        var alpha = module.Tensors.TryGetValue(TensorKind.Alpha, out var stored) && !module.Tensors.ContainsKey(TensorKind.Scale) ? stored.to(float64).flatten()[0].ToDouble() : 0;
        return tensor(alpha != 0 ? (float)alpha : (float)(module.Scale * rank), dtype: float32, device: CPU);
    }
}
