using System.Globalization;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>How an adapter is brought to another rank.</summary>
public sealed record ResizeOptions
{
    /// <summary>How ranks are chosen; null keeps them.</summary>
    public RankChoice? Rank { get; init; }

    /// <summary>The same for convolutions with a kernel; null for <see cref="Rank"/>.</summary>
    public RankChoice? ConvolutionRank { get; init; }

    /// <summary>What is stored: F16, BF16 or F32; null for what the file has.</summary>
    public TensorType? SaveType { get; init; }

    /// <summary>How keys are spelled. Default: kohya's.</summary>
    public LoraLayout Layout { get; init; }
}

/// <summary>Brings an adapter to another rank, and one of another algorithm (LoHa, LoKr, DoRA, …) to a plain LoRA.</summary>
public static class LoraResizing
{
    /// <summary>Writes the resized adapter; its metadata stays but for the ranks and a remark.</summary>
    /// <param name="input">The file or folder.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="options">Ranks, type, layout.</param>
    /// <param name="weights">The checkpoint it is for; null where it does not depend on it: layers then have the sizes that it tells.</param>
    /// <param name="progress">Hears of every layer.</param>
    /// <param name="cancel">Stops between two layers.</param>
    /// <exception cref="LoraMismatchException">The file is for another model, is damaged, or needs the checkpoint.</exception>
    public static BakeResult Resize(
        string input, string output, ResizeOptions options, BaseCheckpoint? weights, IProgress<ToolProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var layers = weights?.Layers ?? AdapterLayers.Of([input]);
        using var file = ToolInput.Open(input, layers);
        LayerSum[] sums = [.. file.Modules.Select(module => new LayerSum(module.Target, layers.Shape(module.Target)!, [(module, 1)]))];
        foreach (var sum in sums) ToolInput.CheckBase(input, sum, weights, layers);

        using var adapter = new NewAdapter(layers, options.SaveType ?? StoredTypes.Of(file));
        var fit = new LayerFitting(adapter, options.Rank, options.ConvolutionRank, weights).Run(sums, progress, cancel);
        var metadata = new Dictionary<string, string>(file.Metadata, StringComparer.Ordinal) { ["ss_training_comment"] = Comment(file, options, fit) };
        return new(fit, adapter.Save(output, options.Layout, metadata));
    }

    private static string Comment(LoraFile file, ResizeOptions options, FitReport fit)
    {
        var how = string.Join(", ", new[] { Described("rank", options.Rank), Described("convolution rank", options.ConvolutionRank) }.OfType<string>());
        var remark = string.Create(CultureInfo.InvariantCulture, $"resized from {ToolInput.Name(file.Path)} ({how}; error {fit.Error:0.#####})");
        return file.Metadata.GetValueOrDefault("ss_training_comment") is { Length: > 0 } and not "None" and var before ? $"{before}; {remark}" : remark;
    }

    private static string? Described(string what, RankChoice? choice) => choice switch
    {
        null => null,
        { IsDynamic: false } => $"{what} {choice.Most}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{what} by {choice.Method} {choice.Threshold}{(choice.Most is { } most ? $", at most {most}" : "")}"),
    };
}
