using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using static TorchSharp.torch;

namespace LoraBridge.Benchmarks;

/// <summary>An adapter of Stable Diffusion 1.5 with random factors, on the layers that trainers take by default: 264 modules.</summary>
internal static class RandomAdapter
{
    /// <summary>Writes one in kohya's layout, float16.</summary>
    public static void Write(string path, int rank, int seed)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var layers = new ModelLayers(new UNet2DConditionModel(UNetConfig.Sd15), new ClipTextModel(ClipTextConfig.Sd15), CPU);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var layer in layers.All.Where(IsTrainedByDefault))
        {
            var (shape, stem) = (layers.Shape(layer)!, layers.Names.Stem(layer));
            tensors[$"{stem}.lora_down.weight"] = RandomCheckpoint.Weight([rank, .. shape.Skip(1)], float16);
            // an up that changes the layer's output by some per cent
            tensors[$"{stem}.lora_up.weight"] = (RandomCheckpoint.Weight([shape[0], rank, .. shape.Skip(2).Select(_ => 1L)], float16) * 0.05).to(float16);
            tensors[$"{stem}.alpha"] = tensor((float)rank, dtype: float16);
        }
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["ss_network_dim"] = $"{rank}" });
    }

    private static bool IsTrainedByDefault(ModuleName layer) => layer.Component == ModelComponent.TextEncoder
        ? layer.Path.Contains(".self_attn.", StringComparison.Ordinal) || layer.Path.Contains(".mlp.", StringComparison.Ordinal)
        : layer.Path.Contains(".transformer_blocks.", StringComparison.Ordinal) && !layer.Path.Contains(".norm", StringComparison.Ordinal)
            || layer.Path.EndsWith(".proj_in", StringComparison.Ordinal) || layer.Path.EndsWith(".proj_out", StringComparison.Ordinal);
}
