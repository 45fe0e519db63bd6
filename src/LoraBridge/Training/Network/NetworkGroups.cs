using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Network;

/// <summary>Sorts a network's tensors into groups of one learning rate.</summary>
internal static class NetworkGroups
{
    /// <summary>
    /// The groups: UNet and text encoder, each block of the UNet that has a rate of its own, each pattern, and in each of these the
    /// up factors apart where LoRA+ (Hayou et al. 2024, arXiv:2402.12354) gives them a multiple of the rate.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> Of(IReadOnlyList<TrainableModule> modules, ModelLayers layers, TrainingOptions options)
    {
        var (rates, decay, down) = (LearningRates.Of(options), OptimizerFactory.WeightDecay(options.Optimizer), LayerPlanner.DownBlocks(layers));
        var rows =
            from module in modules
            let place = Place(module.Plan, layers, options.Optimizer, rates, down)
            from tensor in module.Tensors
            where tensor.IsTrained
            let plus = tensor.Kind == TensorKind.Up ? Plus(module.Plan, options.Optimizer) : null
            group tensor.Named by (Name: plus is null ? place.Name : $"{place.Name}.up_factors", Rate: place.Rate * (plus ?? 1));
        return [.. rows.Select(row => new ParameterGroup(row.Key.Name, row, row.Key.Rate, decay))];
    }

    private static (string Name, double Rate) Place(LayerPlan plan, ModelLayers layers, OptimizerOptions options, LearningRates rates, int down)
    {
        if (LayerPlanner.PatternRate(layers, plan.Layer, options) is var (pattern, rate)) return ($"{Component(plan)}.{pattern}", rate);
        if (plan.Layer.Component == ModelComponent.TextEncoder) return (Component(plan), rates.TextEncoder);
        return plan.Block is { } block && BlockRates.AreGiven(options)
            ? ($"unet.block{block:00}", rates.UNet * BlockRates.Factor(options, block, down))
            : (Component(plan), rates.UNet);
    }

    private static string Component(LayerPlan plan) => plan.Layer.Component == ModelComponent.TextEncoder ? "text_encoder" : "unet";

    private static double? Plus(LayerPlan plan, OptimizerOptions options) =>
        (plan.Layer.Component == ModelComponent.TextEncoder ? options.LoraPlusTextEncoderRatio : options.LoraPlusUNetRatio) ?? options.LoraPlusRatio;
}
