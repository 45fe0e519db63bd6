using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora;

/// <summary>An adapter file's modules, read for a model's layers; a <see cref="LoraMixer"/> puts them on the model.</summary>
public sealed class LoraNetwork : IDisposable
{
    private static long s_lastId;

    internal LoraNetwork(LoraFile file)
    {
        Layers = file.Layers;
        Modules = file.Modules;
        Report = file.Report;
    }

    /// <summary>The file.</summary>
    public string Path => Report.Path;

    /// <summary>What was found in the file.</summary>
    public LoraReport Report { get; }

    /// <summary>Keys of the file that stand for nothing in the model.</summary>
    public IReadOnlyList<string> UnknownKeys => Report.UnmatchedKeys;

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
    /// <param name="path">The file, or a folder of diffusers' or PEFT's.</param>
    /// <param name="layers">The layers of the model it shall act on.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="LoraMismatchException">A module is incomplete or of another shape, holds NaN, or none fits the model.</exception>
    public static LoraNetwork Load(string path, ModelLayers layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var file = LoraFile.Open(path, layers);
        if (file.Report.NonFiniteKeys.Count == 0) return new(file);
        file.Dispose();
        throw new LoraMismatchException(path, file.Report.NonFiniteKeys[0], "holds NaN or infinity", "Download the file again, or train it anew with a lower learning rate.");
    }

    /// <summary>An adapter in memory as one for a model's layers; it is taken over.</summary>
    /// <exception cref="LoraMismatchException">The model has not its layers, or others of that name; it is disposed then.</exception>
    internal static LoraNetwork Of(LoraFile file, ModelLayers layers)
    {
        var foreign = file.Modules.FirstOrDefault(module => layers.Shape(module.Target) is not { } shape || !shape.SequenceEqual(file.Layers.Shape(module.Target)!));
        if (foreign is null) return new(file.Layers == layers ? file : LoraFile.Of(layers, file.Modules, file.Metadata, file.Path));
        file.Dispose();
        throw new LoraMismatchException(file.Path, foreign.Target.Path, "is a layer that this model lacks or has in another size", "Draw with the checkpoint it is for.");
    }

    /// <summary>Gives the modules' memory back; take the adapter off before.</summary>
    public void Dispose()
    {
        foreach (var module in Modules) module.Dispose();
    }
}
