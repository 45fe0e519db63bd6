using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Benchmarks;

/// <summary>A full-size checkpoint with random weights: it draws noise, but takes the time and memory of a real one.</summary>
internal static class RandomCheckpoint
{
    public static int Run(Arguments arguments)
    {
        var type = arguments.Text("dtype", "float16") == "float32" ? float32 : float16;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(0);
        var tensors = new Dictionary<string, Tensor>();
        Add("model.diffusion_model.", ModelWeights.Shapes(new UNet2DConditionModel(UNetConfig.Sd15)));
        Add("first_stage_model.", ModelWeights.Shapes(new AutoencoderKL(AutoencoderConfig.Sd15)));
        Add("cond_stage_model.transformer.", ModelWeights.Shapes(new ClipTextModel(ClipTextConfig.Sd15)));
        SafetensorsWriter.Write(arguments.First, tensors);
        Console.WriteLine($"{arguments.First}: {tensors.Count} tensors, {new FileInfo(arguments.First).Length:N0} bytes");
        return 0;

        void Add(string prefix, IEnumerable<(string Name, long[] Shape)> shapes)
        {
            foreach (var (name, shape) in shapes) tensors.Add(prefix + name, Weight(shape, type));
        }
    }

    /// <summary>Values of the size that keeps activations near 1: 1 / sqrt(inputs) for matrices, near 1 for norms.</summary>
    public static Tensor Weight(long[] shape, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var spread = shape.Length > 1 ? 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (a, b) => a * b)) : 0.02;
        var values = randn(shape, dtype: float32, device: CPU).mul_(spread);
        return values.to(type).MoveToOuterDisposeScope();
    }
}
