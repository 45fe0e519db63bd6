using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>How an adapter is written anew.</summary>
public sealed record ConvertOptions
{
    /// <summary>How keys are spelled. Default: kohya's.</summary>
    public LoraLayout Layout { get; init; }

    /// <summary>What is stored: F16, BF16 or F32; null for what the file has.</summary>
    public TensorType? SaveType { get; init; }

    /// <summary>Makes plain LoRA of layers of other algorithms, at ranks chosen so; null leaves them what they are.</summary>
    public RankChoice? AsLoraOfRank { get; init; }

    /// <summary>How much metadata is taken out. Default: nothing.</summary>
    public MetadataStrip Strip { get; init; }

    /// <summary>Metadata to write besides, or in place of what the file has; a null value takes a key out.</summary>
    public IReadOnlyDictionary<string, string?> SetMetadata { get; init; } = new Dictionary<string, string?>();
}

/// <summary>What a conversion did.</summary>
/// <param name="Files">The files, with their hashes.</param>
/// <param name="Fit">The layers that were made plain LoRA, beside what they were; empty when none was.</param>
/// <param name="RemovedMetadata">The metadata keys that were taken out.</param>
/// <param name="DroppedKeys">Keys of the input that stand for nothing in the model and were not written.</param>
public sealed record ConvertResult(IReadOnlyList<SavedLora> Files, FitReport Fit, IReadOnlyList<string> RemovedMetadata, IReadOnlyList<string> DroppedKeys);

/// <summary>Writes an adapter anew: other names, other numbers, other metadata, or as plain LoRA.</summary>
public static class LoraConversion
{
    /// <summary>Writes the adapter.</summary>
    /// <param name="input">The file or folder, of any spelling; a pickle too.</param>
    /// <param name="output">The file to write; with <see cref="LoraLayout.Peft"/> the folder.</param>
    /// <param name="options">What to change.</param>
    /// <param name="weights">The checkpoint it is for; null where nothing depends on it.</param>
    /// <param name="progress">Hears of every layer.</param>
    /// <param name="cancel">Stops between two layers.</param>
    /// <exception cref="LoraMismatchException">The file is for another model, is damaged, or has layers that the layout cannot hold.</exception>
    public static ConvertResult Convert(
        string input, string output, ConvertOptions options, BaseCheckpoint? weights, IProgress<ToolProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var layers = weights?.Layers ?? ModelLayers.Sd15;
        using var file = ToolInput.Open(input, layers);
        var type = options.SaveType ?? StoredTypes.Of(file);
        var metadata = MetadataPrivacy.Apply(file.Metadata, options.Strip, out var removed);
        foreach (var (key, value) in options.SetMetadata)
        {
            if (value is not null) metadata[key] = value;
            else if (metadata.Remove(key)) removed = [.. removed, key];
        }

        var others = options.AsLoraOfRank is null ? [] : file.Modules.Where(module => !IsPlain(module)).ToArray();
        if (others.Length == 0)
            return new(file.Save(output, new() { Layout = options.Layout, Type = type, Metadata = metadata }), new([]), removed, file.Report.UnmatchedKeys);

        LayerSum[] sums = [.. others.Select(module => new LayerSum(module.Target, layers.Shape(module.Target)!, [(module, 1)]))];
        foreach (var sum in sums) ToolInput.CheckBase(input, sum, weights, layers);
        using var adapter = new NewAdapter(layers, type);
        var fit = new LayerFitting(adapter, options.AsLoraOfRank, null, weights).Run(sums, progress, cancel);
        return new(adapter.Save(output, options.Layout, metadata, file.Modules.Except(others)), fit, removed, file.Report.UnmatchedKeys);
    }

    // plain or a norm, which has no ranks
    private static bool IsPlain(LoraModule module) => module is Algorithms.LowRankModule || module.Algorithm == "Norm";
}
