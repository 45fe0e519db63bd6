using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>Merges adapters into a model's own weights, for runs that train on top of them.</summary>
internal static class MergedAdapters
{
    /// <summary>Changes the model's weights, by one adapter after another; the result of the run does not hold these changes.</summary>
    /// <param name="model">The model, on whose layers no adapter acts.</param>
    /// <param name="options">The files, and how strongly each acts: 1 where there is no number.</param>
    /// <exception cref="LoraMismatchException">A file is no adapter for the model, or holds NaN or infinity.</exception>
    public static void Merge(StableDiffusionModel model, BaseModelOptions options)
    {
        if (options.MergedWeights.Count == 0) return;
        var layers = new ModelLayers(model);
        using var frozen = no_grad();
        foreach (var (number, path) in options.MergedWeights.Index())
        {
            using var file = LoraFile.Open(path, layers);
            if (file.Report.NonFiniteKeys.Count > 0)
                throw new LoraMismatchException(path, file.Report.NonFiniteKeys[0], "holds NaN or infinity", "Leave the file out of model.mergedWeights, or merge an earlier checkpoint.");
            var weight = number < options.MergedWeightMultipliers.Count ? options.MergedWeightMultipliers[number] : 1;
            foreach (var module in file.Modules)
                if (layers.Find(module.Target) is { } layer) Add(layer, module, weight);
        }
    }

    private static void Add(WeightLayer layer, LoraModule module, double weight)
    {
        using var scope = NewDisposeScope();
        if (module.ChangesWeight)
        {
            var own = layer.Weight.to(float32);
            layer.Weight.copy_(own.add(module.WeightDifference(own).view(own.shape), weight));
        }
        if (module.BiasDifference() is { } difference && layer.Bias is { } bias) bias.copy_(bias.to(float32).add(difference.to(float32), weight));
    }
}
