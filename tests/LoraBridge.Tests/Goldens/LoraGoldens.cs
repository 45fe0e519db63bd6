using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>
/// lora-out.safetensors: text encoder and UNet with adapters attached and merged. A case is named after its files and
/// weights: <c>linear_0.8</c> is lora-linear.safetensors at 0.8, <c>both_0.6_0.4</c> the linear one at 0.6 and the locon one at 0.4.
/// </summary>
internal static class LoraGoldens
{
    public static readonly GoldenCheck Check = new("lora-out.safetensors", Cases, Run);

    private static readonly string[] s_files = ["linear", "locon"];

    private static IEnumerable<string> Cases(string path)
    {
        using var file = CheckpointFile.Open(path);
        var names = file.Tensors.Keys.Where(key => key.EndsWith(".out", StringComparison.Ordinal)).Select(key => key[..^".out".Length]).ToArray();
        return [.. names.SelectMany(name => new[] { $"{name} live", $"{name} merged" })];
    }

    private static void Run(string path, string caseName)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var file = CheckpointFile.Open(path);
        var folder = Path.GetDirectoryName(path)!;
        using var model = StableDiffusionModel.Load(Path.Combine(folder, "model.safetensors"), new() { ComputeType = ComputeType.Float32, WidenWeights = true });
        var (x, t, baseContext) = (file.Read("x"), file.Read("t"), file.Read("base_context"));
        var (name, way) = (caseName.Split(' ')[0], caseName.Split(' ')[1]);
        var before = model.UNet.parameters().Select(parameter => parameter.clone()).ToArray();

        using var mixer = new LoraMixer(model);
        var adapters = Weights(name).Select(pair => new LoraUse(
            LoraNetwork.Load(Path.Combine(folder, $"lora-{pair.File}.safetensors"), mixer.Layers), new(pair.File, pair.Weight, pair.Weight, null))).ToList();
        Assert.All(adapters, adapter => Assert.Empty(adapter.Network.UnknownKeys));
        mixer.Set([new(adapters)], way == "merged" ? LoraPlacement.Merged : LoraPlacement.Live);

        if (file.Tensors.ContainsKey($"{name}.context"))
        {
            using var text = CheckpointFile.Open(Path.Combine(folder, "text.safetensors"));
            var context = model.TextEncoder.call(text.Read("ids").narrow(0, 0, file.Tensors[$"{name}.context"].Shape[0]), 1);
            Close($"{name}.context", context, 2e-5);
            Close($"{name}.out", model.UNet.call(x, t, file.Read($"{name}.context")), 3e-5);
            Close($"{name}.out_base_context", model.UNet.call(x, t, baseContext), 3e-5);
        }
        else
        {
            Close($"{name}.out", model.UNet.call(x, t, baseContext), 3e-5);
        }

        mixer.Clear();
        adapters.ForEach(adapter => adapter.Network.Dispose());
        foreach (var (was, now) in before.Zip(model.UNet.parameters())) TensorAssert.Same(was, now, "a weight after the adapter was taken off");

        void Close(string tensorName, Tensor actual, double limit) =>
            TensorAssert.Close(file.Read(tensorName), actual, GoldenTolerances.Limit(path, tensorName, limit), $"{tensorName} ({way})");
    }

    private static IEnumerable<(string File, double Weight)> Weights(string name)
    {
        var parts = name.Split('_');
        var weights = parts.Skip(1).Select(part => double.TryParse(part, out var weight) ? weight : double.NaN).ToArray();
        if (parts[0] == "both") return s_files.Zip(weights);
        return s_files.Contains(parts[0]) ? [(parts[0], weights[0])] : [];
    }
}
