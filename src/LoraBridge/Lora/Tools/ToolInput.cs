using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Tools;

/// <summary>An adapter that a tool reads: opened, checked, and known by name and hash.</summary>
internal static class ToolInput
{
    /// <summary>Opens an adapter of which every number is finite.</summary>
    /// <exception cref="LoraMismatchException">It holds NaN or infinity, or is for other layers.</exception>
    public static LoraFile Open(string path, ModelLayers layers)
    {
        var file = LoraFile.Open(path, layers);
        if (file.Report.NonFiniteKeys is not [var first, ..]) return file;
        file.Dispose();
        throw new LoraMismatchException(path, first, "holds NaN or infinity", "Its training broke down, or the file is damaged: use an earlier file of the run.");
    }

    /// <summary>Demands the checkpoint where a layer's change depends on it.</summary>
    /// <exception cref="LoraMismatchException">It does, and there is none.</exception>
    public static void CheckBase(string path, LayerSum sum, BaseCheckpoint? weights, ModelLayers layers)
    {
        if (weights is null && sum.FirstThatNeedsBase is { } module)
            throw new LoraMismatchException(path, layers.Names.Stem(module.Target), $"is {module.Algorithm}, whose change depends on the checkpoint's own weights", "Give the checkpoint that it is for (--base FILE).");
    }

    /// <summary>The file's name without folder and ending.</summary>
    public static string Name(string path) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path));

    /// <summary>The hash by which web UIs know the adapter; of a pickle the whole file's; empty for a folder.</summary>
    public static string Hash(string path)
    {
        if (Directory.Exists(path)) return "";
        if (CheckpointKinds.Of(path) != CheckpointKind.Safetensors) return CheckpointHashes.Sha256(path);
        using var file = SafetensorsFile.Open(path);
        return CheckpointHashes.Lora(file).Model;
    }
}
