using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>Reads the modules of an adapter file for a model's layers.</summary>
internal static class LoraReader
{
    /// <returns>The modules, whose tensors are in no scope, and the keys that stand for nothing in the model.</returns>
    public static (List<LoraModule> Modules, List<string> UnknownKeys) Read(CheckpointFile file, ModelLayers layers)
    {
        var (modules, unknown) = (new List<LoraModule>(), new List<string>());
        foreach (var group in file.Tensors.Keys.GroupBy(key => key.Split('.', 2)[0]))
        {
            if (layers.Names.Find(group.Key) is { } name && layers.Shape(name) is { } shape)
                modules.Add(Read(file, group.Key, [.. group], name, shape, layers.Device, unknown));
            else
                unknown.AddRange(group);
        }
        return (modules, unknown);
    }

    private static LowRankModule Read(CheckpointFile file, string stem, IReadOnlyList<string> keys, ModuleName name, IReadOnlyList<long> shape, Device device, List<string> unknown)
    {
        var down = Factor("lora_down.weight") ?? throw Incomplete("lora_down.weight");
        var up = Factor("lora_up.weight") ?? throw Incomplete("lora_up.weight");
        var mid = Factor("lora_mid.weight");
        var rank = down.shape[0];
        // trainers and converters write alpha as a number of any type, with or without a dimension; without it the scale is 1
        var alpha = keys.Contains($"{stem}.alpha") ? file.Read($"{stem}.alpha").flatten()[0].ToDouble() : rank;
        unknown.AddRange(keys.Where(key => key[(stem.Length + 1)..] is not ("lora_down.weight" or "lora_up.weight" or "lora_mid.weight" or "alpha")));

        if (up.shape[1] != rank || down.shape[1] != shape[1] || up.shape[0] != shape[0])
            throw new LoraMismatchException(file.Path, stem, $"has factors [{string.Join(", ", up.shape)}] and [{string.Join(", ", down.shape)}], which do not make a weight of [{string.Join(", ", shape)}]", "Use an adapter that was trained for this model's family.");
        return new(name, down, up, mid, (alpha == 0 ? rank : alpha) / rank);

        Tensor? Factor(string kind) => keys.Contains($"{stem}.{kind}") ? file.Read($"{stem}.{kind}", device).DetachFromDisposeScope() : null;

        LoraMismatchException Incomplete(string kind) => new(file.Path, $"{stem}.{kind}", "is missing, while other tensors of its module are there", "Download the file again, or train it anew.");
    }
}
