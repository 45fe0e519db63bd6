using System.Globalization;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Takes an adapter out of two checkpoints: layer by layer, the best product of thin matrices for what differs.</summary>
public static class LoraExtraction
{
    /// <summary>Writes the adapter that turns one checkpoint into the other as well as its ranks allow.</summary>
    /// <param name="tunedPath">The trained checkpoint.</param>
    /// <param name="basePath">What it was trained from.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="options">Ranks, threshold, type.</param>
    /// <param name="time">For the date in the metadata.</param>
    /// <param name="progress">Hears of every layer.</param>
    /// <param name="cancel">Stops between two layers.</param>
    /// <exception cref="CheckpointFormatException">The files do not belong together, or do not differ in any layer.</exception>
    public static ExtractResult Extract(
        string tunedPath, string basePath, string output, ExtractOptions options, TimeProvider time, IProgress<ToolProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var pair = CheckpointPair.Open(tunedPath, basePath);
        using var before = BaseCheckpoint.Open(basePath);
        using var adapter = new NewAdapter(before.Layers, options.SaveType);
        var text = TextDiffers(pair, options.TextThreshold, cancel);
        var (fits, left, unchanged, done) = (new List<LayerFit>(), new List<(string Name, double Norm)>(), 0, 0);
        var all = pair.Tensors.ToArray();
        foreach (var tensor in all)
        {
            cancel.ThrowIfCancellationRequested();
            using var layer = NewDisposeScope();
            var difference = pair.Difference(tensor);
            var norm = difference.to(float64).norm().ToDouble();
            if (!double.IsFinite(norm))
                throw new CheckpointFormatException(tunedPath, $"'{tensor.Name}' differs from {basePath} by values that are not finite", "Use undamaged checkpoints");
            var choice = tensor.Component == ModelComponent.TextEncoder && !text ? null : Choice(tensor.Name, pair.Shape(tensor), options);
            if (choice is null && norm > 0) left.Add((tensor.Name, norm));
            if (choice is not null && norm == 0) unchanged++;
            if (choice is not null && norm > 0) fits.Add(Add(adapter, Module(tensor), difference, norm, choice, options.ClampQuantile));
            progress?.Report(new(++done, all.Length, tensor.Name));
        }
        if (fits.Count == 0)
            throw new CheckpointFormatException(tunedPath, $"no layer that an adapter could hold differs from {basePath}", "Give another base checkpoint, or a rank for convolutions");

        var files = adapter.Save(output, options.Layout, Metadata(tunedPath, basePath, options.Name ?? Path.GetFileNameWithoutExtension(output), time));
        return new(
            new([.. fits.OrderBy(fit => fit.Layer, StringComparer.Ordinal)]), files, unchanged, text,
            [.. left.Select(tensor => tensor.Name)], Math.Sqrt(left.Sum(tensor => tensor.Norm * tensor.Norm)));
    }

    private static ModuleName Module((ModelComponent Component, string Name) tensor) => new(tensor.Component, tensor.Name[..^".weight".Length]);

    private static bool TextDiffers(CheckpointPair pair, double threshold, CancellationToken cancel)
    {
        foreach (var tensor in pair.Tensors.Where(tensor => tensor.Component == ModelComponent.TextEncoder))
        {
            cancel.ThrowIfCancellationRequested();
            if (Choice(tensor.Name, pair.Shape(tensor), new()) is null) continue;
            using var scope = NewDisposeScope();
            if (pair.Difference(tensor).abs().max().ToDouble() > threshold) return true;
        }
        return false;
    }

    /// <summary>How the rank of a layer is chosen; null for what such an adapter does not hold.</summary>
    private static RankChoice? Choice(string name, IReadOnlyList<long> shape, ExtractOptions options)
    {
        if (!name.EndsWith(".weight", StringComparison.Ordinal) || shape.Count < 2) return null;
        var isWide = shape is [_, _, > 1, _];
        if (name.Contains(".transformer_blocks.", StringComparison.Ordinal) || name.Contains(".proj_in.", StringComparison.Ordinal) || name.Contains(".proj_out.", StringComparison.Ordinal))
            return options.Rank;
        if (name.Contains(".encoder.layers.", StringComparison.Ordinal)) return options.Rank;
        var isInBlock = name.StartsWith("input_blocks.", StringComparison.Ordinal) || name.StartsWith("middle_block.", StringComparison.Ordinal) || name.StartsWith("output_blocks.", StringComparison.Ordinal);
        // the convolution that takes the latents in stands in a block of its own, and no adapter of this kind has it
        if (options.ConvolutionRank is null || !isInBlock || name == "input_blocks.0.0.weight") return null;
        return isWide ? options.ConvolutionRank : options.Rank;
    }

    private static LayerFit Add(NewAdapter adapter, ModuleName target, Tensor difference, double norm, RankChoice choice, double clampQuantile)
    {
        using var scope = NewDisposeScope();
        var matrix = difference.flatten(start_dim: 1);                          // (out, in k k)
        var singular = choice.IsDynamic ? SingularFactors.Of(matrix) : SingularFactors.Leading(matrix, (int)Math.Min(choice.Most!.Value, Math.Min(matrix.shape[0], matrix.shape[1])));
        var factors = singular.Take(choice.Choose(singular.Values, singular.Norm));
        if (clampQuantile < 1) factors = Clamped(factors, clampQuantile);
        var stored = adapter.Add(target, factors);
        var error = (matrix.to(float64) - stored.Product()).norm().ToDouble() / norm;
        return new(adapter.Stem(target), null, factors.Rank, norm, error);
    }

    private static ThinMatrix Clamped(ThinMatrix factors, double share)
    {
        var values = cat([factors.Up.flatten(), factors.Down.flatten()]).sort().Values;
        var limit = values[(long)(share * (values.shape[0] - 1))].ToDouble();
        return new(factors.Up.clamp(-limit, limit), factors.Down.clamp(-limit, limit));
    }

    private static Dictionary<string, string> Metadata(string tuned, string before, string name, TimeProvider time)
    {
        return new(StringComparer.Ordinal)
        {
            ["ss_output_name"] = name,
            ["ss_base_model_version"] = "sd_v1",
            ["ss_v2"] = "False",
            ["ss_sd_model_name"] = Path.GetFileName(before),
            ["ss_training_comment"] = $"extracted from {Path.GetFileName(tuned)} less {Path.GetFileName(before)}",
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = "stable-diffusion-v1/lora",
            ["modelspec.title"] = name,
            ["modelspec.date"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture),
        };
    }
}
