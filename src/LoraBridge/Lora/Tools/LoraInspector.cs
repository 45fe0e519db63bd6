using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Looks at an adapter file: what it holds, how large its changes are, whether it does anything.</summary>
public static class LoraInspector
{
    /// <summary>Inspects a file or folder.</summary>
    /// <param name="path">The file, of any spelling, or the folder.</param>
    /// <param name="weights">The checkpoint it is for, to compare changes with the weights that they change; null to go without.</param>
    /// <param name="progress">Hears of every layer.</param>
    /// <param name="cancel">Stops between two layers.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="LoraMismatchException">It is for other models, or a layer is incomplete.</exception>
    public static LoraInspection Inspect(string path, BaseCheckpoint? weights = null, IProgress<ToolProgress>? progress = null, CancellationToken cancel = default)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var file = LoraFile.Open(path, weights?.Layers);
        var layers = new List<LayerInspection>();
        foreach (var module in file.Modules.OrderBy(module => file.Layers.Names.Stem(module.Target), StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            layers.Add(LayerInspector.Inspect(module, file.Layers, weights));
            progress?.Report(new(layers.Count, file.Modules.Count, layers[^1].Layer));
        }
        var (hashes, state) = Hashes(path, file.Metadata);
        var (verdict, conclusion) = InspectionVerdict.Of(layers, file.Report);
        return new()
        {
            Path = path,
            Bytes = Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(entry => entry.Length) : new FileInfo(path).Length,
            Family = Family(file.Metadata, file.Layers),
            Report = file.Report,
            Hashes = hashes,
            HashState = state,
            Layers = layers,
            Blocks = Parts(layers, layer => layer.Block),
            Components = Parts(layers, layer => layer.Component),
            Training = TrainingFacts.Of(file.Metadata),
            Verdict = verdict,
            Conclusion = conclusion,
            Advice = InspectionVerdict.Advice(layers, state),
        };
    }

    private static (LoraHashes? Hashes, HashState State) Hashes(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (Directory.Exists(path) || CheckpointKinds.Of(path) != CheckpointKind.Safetensors) return (null, HashState.Absent);
        using var file = SafetensorsFile.Open(path);
        var hashes = CheckpointHashes.Lora(file);
        return (hashes, !metadata.TryGetValue("sshs_model_hash", out var said) ? HashState.Absent : said == hashes.Model ? HashState.Verified : HashState.Mismatch);
    }

    private static string Family(IReadOnlyDictionary<string, string> metadata, ModelLayers layers) =>
        (layers.ContextWidth == 768 ? "Stable Diffusion 1" : $"Stable Diffusion 1, text width {layers.ContextWidth}")
        + (metadata.GetValueOrDefault("ss_base_model_version") is { Length: > 0 } and not "None" and var said ? $" (the file says {said})" : "");

    private static List<InspectionPart> Parts(List<LayerInspection> layers, Func<LayerInspection, string> name)
    {
        var whole = layers.Sum(Square);
        return
        [
            .. from layer in layers
               group layer by name(layer) into part
               orderby Place(part.Key), part.Key
               let squares = part.Sum(Square)
               select new InspectionPart(part.Key, part.Count(), Math.Sqrt(squares), whole == 0 ? 0 : squares / whole),
        ];
    }

    private static double Square(LayerInspection layer) => (layer.Norm ?? 0) * (layer.Norm ?? 0);

    private static int Place(string name) => Array.FindIndex(["TextEncoder", "TE", "UNet", "BASE", "IN", "MID", "OUT"], name.StartsWith);
}
