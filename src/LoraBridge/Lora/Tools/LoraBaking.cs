using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Bakes a blend of adapters into one file that at weight 1 does what the blend does.</summary>
public static class LoraBaking
{
    /// <summary>Writes the blend.</summary>
    /// <param name="inputs">The adapters and their weights; a file may stand twice.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="options">Rank, type, layout.</param>
    /// <param name="weights">The checkpoint they are for; null where none of them depends on it: layers then have the sizes that the adapters tell.</param>
    /// <param name="time">For the date in the metadata.</param>
    /// <param name="progress">Hears of every layer.</param>
    /// <param name="cancel">Stops between two layers.</param>
    /// <exception cref="ArgumentException">There is no input, or a result does not fit the type it is stored in.</exception>
    /// <exception cref="LoraMismatchException">A file is for another model, is damaged, or needs the checkpoint.</exception>
    public static BakeResult Bake(
        IReadOnlyList<BakeInput> inputs, string output, BakeOptions options, BaseCheckpoint? weights, TimeProvider time,
        IProgress<ToolProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        if (inputs.Count == 0) throw new ArgumentException("There is nothing to bake: name one adapter or more.", nameof(inputs));

        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var layers = weights?.Layers ?? AdapterLayers.Of(inputs.Select(input => input.Path));
        var files = new List<LoraFile>();
        try
        {
            foreach (var input in inputs) files.Add(ToolInput.Open(input.Path, layers));
            using var adapter = new NewAdapter(layers, options.SaveType);
            var sums = Sums(inputs, files, layers);
            foreach (var sum in sums) ToolInput.CheckBase(PathOf(files, sum), sum, weights, layers);
            var fit = new LayerFitting(adapter, options.Rank, options.ConvolutionRank, weights).Run(sums, progress, cancel);
            return new(fit, adapter.Save(output, options.Layout, Metadata(inputs, files, options.Name ?? Path.GetFileNameWithoutExtension(output), time)));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static List<LayerSum> Sums(IReadOnlyList<BakeInput> inputs, List<LoraFile> files, ModelLayers layers)
    {
        var byLayer = new Dictionary<ModuleName, List<(LoraModule Module, double Weight)>>();
        foreach (var (input, file) in inputs.Zip(files))
        {
            var blocks = input.Blocks ?? BlockWeights.All;
            foreach (var module in file.Modules)
            {
                var weight = module.Target.Component == ModelComponent.TextEncoder
                    ? input.TextWeightOrUNets * blocks.Base
                    : input.UNetWeight * BlockNames.Weight(blocks, module.Target);
                if (weight == 0) continue;
                if (!byLayer.TryGetValue(module.Target, out var parts)) byLayer[module.Target] = parts = [];
                parts.Add((module, weight));
            }
        }
        if (byLayer.Count == 0) throw new ArgumentException("Every weight is 0: the blend would change nothing.", nameof(inputs));
        return [.. byLayer.Select(pair => new LayerSum(pair.Key, layers.Shape(pair.Key)!, pair.Value))];
    }

    private static string PathOf(List<LoraFile> files, LayerSum sum) =>
        files.First(file => sum.FirstThatNeedsBase is not { } module || file.Modules.Contains(module)).Path;

    private static Dictionary<string, string> Metadata(IReadOnlyList<BakeInput> inputs, List<LoraFile> files, string name, TimeProvider time)
    {
        var parents = inputs.Zip(files).Select(pair => new MetadataParent(
            ToolInput.Name(pair.First.Path), ToolInput.Hash(pair.First.Path), pair.First.UNetWeight, pair.First.TextWeightOrUNets, pair.Second.Metadata));
        return MergedMetadata.Of([.. parents], name, time.GetUtcNow());
    }
}
