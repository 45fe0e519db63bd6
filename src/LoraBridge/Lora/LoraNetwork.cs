using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>An adapter file's modules, read for a model's layers; a <see cref="LoraMixer"/> puts them on the model.</summary>
public sealed class LoraNetwork : IDisposable
{
    private static long s_lastId;

    internal LoraNetwork(string path, ModelLayers layers, IReadOnlyList<LoraModule> modules, IReadOnlyList<string> unknownKeys)
    {
        Path = path;
        Layers = layers;
        Modules = modules;
        UnknownKeys = unknownKeys;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Keys of the file that stand for nothing in the model.</summary>
    public IReadOnlyList<string> UnknownKeys { get; }

    /// <summary>How many of the UNet's layers it changes.</summary>
    public int UNetModules => Modules.Count(module => module.Target.Component == ModelComponent.UNet);

    /// <summary>How many of the text encoder's layers it changes.</summary>
    public int TextModules => Modules.Count(module => module.Target.Component == ModelComponent.TextEncoder);

    /// <summary>Memory of its tensors.</summary>
    public long Bytes => Modules.Sum(module => module.Bytes);

    /// <summary>The layers it was read for.</summary>
    internal ModelLayers Layers { get; }

    /// <summary>What it does to each layer.</summary>
    internal IReadOnlyList<LoraModule> Modules { get; }

    /// <summary>Tells networks apart, as file names cannot when a file is written anew.</summary>
    internal long Id { get; } = Interlocked.Increment(ref s_lastId);

    /// <summary>Reads an adapter file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="layers">The layers of the model it shall act on.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="LoraMismatchException">A module is incomplete or of another shape, or none fits the model.</exception>
    public static LoraNetwork Load(string path, ModelLayers layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var (modules, unknown) = LoraReader.Read(file, layers);
        if (modules.Count == 0)
            throw new LoraMismatchException(path, unknown.FirstOrDefault() ?? "", "and no other key stands for a layer of the model", "Use an adapter that was trained for this model's family.");
        return new(path, layers, modules, unknown);
    }

    /// <summary>Gives the modules' memory back; take the adapter off before.</summary>
    public void Dispose()
    {
        foreach (var module in Modules) module.Dispose();
    }
}
