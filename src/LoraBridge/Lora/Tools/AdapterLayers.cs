using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;

namespace LoraBridge.Lora.Tools;

/// <summary>
/// The layers that adapters change, with the sizes that their own factors tell, for tools that have no checkpoint to ask. Names are
/// those of Stable Diffusion 1's blocks, which its models of every width have.
/// </summary>
internal static class AdapterLayers
{
    private const long UsualContext = 768;
    private const string GiveBase = "Give the checkpoint that it is for (--base FILE).";

    /// <summary>Reads the headers of adapters' files.</summary>
    /// <param name="adapters">Files or folders, all for one model.</param>
    /// <exception cref="LoraMismatchException">A file does not tell a layer's sizes, is for another family, or two are for models of different sizes.</exception>
    public static ModelLayers Of(IEnumerable<string> adapters)
    {
        var known = new Dictionary<ModuleName, (IReadOnlyList<long> Shape, string Path)>();
        var untold = new Dictionary<ModuleName, LoraMismatchException>();
        foreach (var source in adapters.Distinct().SelectMany(AdapterSources.Of)) Add(source.Path, known, untold);
        foreach (var (layer, error) in untold)
            if (!known.ContainsKey(layer)) throw error;                         // no other adapter told it either
        return ModelLayers.Sd15.WithShapes(known.ToDictionary(pair => pair.Key, pair => pair.Value.Shape), Context(known) ?? UsualContext);
    }

    private static void Add(string path, Dictionary<ModuleName, (IReadOnlyList<long> Shape, string Path)> known, Dictionary<ModuleName, LoraMismatchException> untold)
    {
        using var file = CheckpointFile.Open(path);
        if (ForeignFamily.OfKeys(file.Tensors, UsualContext) is var (foreign, family))
            throw new LoraMismatchException(path, foreign, $"shows that the adapter was made for {family}", "Use an adapter that was trained for Stable Diffusion 1.x.");
        if (NumberedKeys.AreIn(file))
            throw new LoraMismatchException(path, file.Tensors.Keys.First(), "counts layers instead of naming them, and only the model's sizes tell the order", GiveBase);
        foreach (var keys in SortedKeys.Of(file.Tensors.Keys, ModelLayers.Sd15, path).Layers)
        {
            var layer = keys.Layer.Module;
            if (AdapterShapes.Of(ModelLayers.Sd15.Shape(layer)!, kind => keys.ByKind.TryGetValue(kind, out var key) ? file.Tensors[key].Shape : null) is not { } shape)
                untold.TryAdd(layer, new(path, keys.Stem, $"is {ModuleFactory.Name(keys.ByKind.Keys) ?? "a change"} that does not tell the sizes of the layer it changes, and may depend on its weights", GiveBase));
            else if (!known.TryAdd(layer, (shape, path)) && !known[layer].Shape.SequenceEqual(shape))
                throw new LoraMismatchException(path, keys.Stem, $"is for a layer of [{string.Join(", ", shape)}], while in {Path.GetFileName(known[layer].Path)} that layer is [{string.Join(", ", known[layer].Shape)}]", "Use adapters that were trained for one model.");
        }
    }

    private static long? Context(Dictionary<ModuleName, (IReadOnlyList<long> Shape, string Path)> known) =>
        known.Where(pair => pair.Key.Path.EndsWith("attn2.to_k", StringComparison.Ordinal)).Select(pair => (long?)pair.Value.Shape[1]).FirstOrDefault();
}
