using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>The UNet's prediction, and the output of each of its blocks.</summary>
internal static class UNetGoldens
{
    private const double Limit = 3e-5;

    public static readonly GoldenCheck Prediction = new("unet.safetensors", path => GoldenModels.Stems(path, ".out"), RunPrediction);

    public static readonly GoldenCheck Trace = new(
        "unet-trace.safetensors",
        path => GoldenModels.Stems(path, "").Where(name => name is not ("x" or "t" or "context")),
        RunTrace);

    public static readonly GoldenCheck Embedding = new(
        "schedule.safetensors",
        path => GoldenModels.Stems(path, "").Where(name => name.StartsWith("embedding.", StringComparison.Ordinal) && name != "embedding.t"),
        RunEmbedding);

    private static void RunPrediction(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var file = CheckpointFile.Open(path);
        var prediction = GoldenModels.Beside(path).UNet.call(file.Read($"{name}.x"), file.Read($"{name}.t"), file.Read($"{name}.context"));
        GoldenModels.Check(path, file, $"{name}.out", prediction, Limit);
    }

    private static void RunTrace(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var file = CheckpointFile.Open(path);
        var unet = GoldenModels.Beside(path).UNet;
        var module = unet.named_modules().Single(entry => entry.name == ModuleName(name)).module;

        Tensor? seen = null;
        using (new ModuleWatch(module, y => seen = y.clone().DetachFromDisposeScope()))
            unet.call(file.Read("x"), file.Read("t"), file.Read("context"));

        using var output = seen!;
        GoldenModels.Check(path, file, name, output, Limit);
    }

    private static string ModuleName(string name) => name
        .Replace(".resnet", ".0", StringComparison.Ordinal)
        .Replace(".attn", ".1", StringComparison.Ordinal);

    private static void RunEmbedding(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var expected = file.Read(name);
        // an angle near 1000 is known to half of 1000 * 2^-23
        GoldenModels.Check(path, file, name, TimestepEmbedding.Sinusoidal(file.Read("embedding.t"), expected.shape[1]), 1e-4);
    }
}
