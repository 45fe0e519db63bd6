using System.Collections.Concurrent;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>The model beside a golden file, loaded once for all checks and computed in float32.</summary>
internal static class GoldenModels
{
    private static readonly ConcurrentDictionary<string, Lazy<StableDiffusionModel>> s_models = [];

    public static StableDiffusionModel Beside(string goldenPath)
    {
        var path = Path.Combine(Path.GetDirectoryName(goldenPath)!, "model.safetensors");
        return s_models.GetOrAdd(path, path => new(() => StableDiffusionModel.Load(path, new() { ComputeType = ComputeType.Float32 }))).Value;
    }

    /// <summary>The names of a file's tensors that end so, without the ending.</summary>
    public static IReadOnlyList<string> Stems(string path, string ending)
    {
        using var file = CheckpointFile.Open(path);
        return [.. file.Tensors.Keys.Where(name => name.EndsWith(ending, StringComparison.Ordinal)).Select(name => name[..^ending.Length])];
    }

    /// <summary>Compares a tensor of the file with what was computed.</summary>
    public static void Check(string path, CheckpointFile file, string name, Tensor actual, double limit) =>
        TensorAssert.Close(file.Read(name), actual, GoldenTolerances.Limit(path, name, limit), name);
}
