using LoraBridge.Checkpoints;
using LoraBridge.Lora.Formats;

namespace LoraBridge.Lora;

/// <summary>An adapter's modules in memory, to be looked at, changed and written; no model is needed.</summary>
public sealed class LoraFile : IDisposable
{
    internal LoraFile(ModelLayers layers, IReadOnlyList<LoraModule> modules, LoraReport report)
    {
        Layers = layers;
        Modules = modules;
        Report = report;
    }

    /// <summary>Where it was read from.</summary>
    public string Path => Report.Path;

    /// <summary>Its remarks.</summary>
    public IReadOnlyDictionary<string, string> Metadata => Report.Metadata;

    /// <summary>What was found in it.</summary>
    public LoraReport Report { get; }

    /// <summary>The layers by which its keys were understood.</summary>
    internal ModelLayers Layers { get; }

    /// <summary>What it does to each layer; each has its tensors under the names of <see cref="TensorKind"/>.</summary>
    internal IReadOnlyList<LoraModule> Modules { get; }

    /// <summary>Reads an adapter: a file of any spelling, or a folder of diffusers' or PEFT's.</summary>
    /// <remarks>Tensors that hold NaN or infinity are listed in the report and refused where the adapter shall act or be written.</remarks>
    /// <param name="path">The file or folder.</param>
    /// <param name="layers">The layers of the model it is for; those of Stable Diffusion 1 when null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="LoraMismatchException">A module is incomplete or of another shape, or the file is for another family of models.</exception>
    public static LoraFile Open(string path, ModelLayers? layers = null) => LoraReader.Read(path, layers ?? ModelLayers.Sd15);

    /// <summary>Whether a file's data are those that the hash in its remarks is of; null where it has none. Reads the whole file.</summary>
    /// <remarks>Web UIs believe the remarks unseen.</remarks>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static bool? HasItsOwnHash(string path)
    {
        using var file = CheckpointFile.Open(path);
        if (file is not SafetensorsFile safetensors || !file.Metadata.TryGetValue(LoraWriter.ModelHash, out var stored)) return null;
        return string.Equals(CheckpointHashes.Lora(safetensors).Model, stored, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>An adapter from modules that were trained or computed; the modules are taken over.</summary>
    internal static LoraFile Of(ModelLayers layers, IReadOnlyList<LoraModule> modules, IReadOnlyDictionary<string, string>? metadata = null, string path = "(new)") =>
        new(layers, modules, ReportBuilder.Of(path, modules) with { Metadata = metadata ?? new Dictionary<string, string>() });

    /// <summary>Writes it, and reads it again to compare every bit.</summary>
    /// <param name="path">The file; with <see cref="LoraLayout.Peft"/> the folder.</param>
    /// <param name="options">Spelling, type and remarks; kohya's in F16 when null.</param>
    /// <returns>One file; with <see cref="LoraLayout.Peft"/> one for each network.</returns>
    /// <exception cref="LoraMismatchException">A tensor holds NaN or is too large for the type, or the layout has no place for an algorithm.</exception>
    public IReadOnlyList<SavedLora> Save(string path, LoraSaveOptions? options = null) => LoraWriter.Write(this, path, options ?? new());

    /// <summary>Gives the modules' memory back.</summary>
    public void Dispose()
    {
        foreach (var module in Modules) module.Dispose();
    }
}
