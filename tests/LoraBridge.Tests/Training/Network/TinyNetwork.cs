using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Network;

/// <summary>The tiny model with random weights, and networks on it.</summary>
public sealed class TinyNetwork : IDisposable
{
    public const long Seed = 7;

    public TinyNetwork()
    {
        (UNet, Text) = (Tiny.UNet(1), Tiny.Text(2));
        Layers = new(UNet, Text, CPU);
    }

    public UNet2DConditionModel UNet { get; }

    public ClipTextModel Text { get; }

    public ModelLayers Layers { get; }

    /// <summary>A linear layer without a bias, a 1x1 and two 3x3 convolutions (one of them with a stride), a linear layer with a bias, and the second layer of a feed-forward.</summary>
    public static IReadOnlyList<string> SomeLayers { get; } =
    [
        "input_blocks.1.1.transformer_blocks.0.attn2.to_k", "input_blocks.1.1.proj_in", "input_blocks.4.0.in_layers.2", "input_blocks.3.0.op",
        "input_blocks.1.0.emb_layers.1", "input_blocks.1.1.transformer_blocks.0.ff.net.2",
    ];

    public static TrainingOptions Options(NetworkOptions network, OptimizerOptions? optimizer = null, PrecisionOptions? precision = null) =>
        new() { Network = network, Optimizer = optimizer ?? new(), Precision = precision ?? new() };

    /// <summary>A network on the layers whose paths contain one of the texts, all of the named set when none is given.</summary>
    public TrainableNetwork Create(NetworkOptions network, params string[] include) =>
        TrainableNetwork.Create(Layers, Options(network with { Include = include }), Seed);

    /// <summary>The module of a layer alone.</summary>
    public TrainableNetwork OfLayer(NetworkOptions network, string path) => Create(network with { Targets = NetworkTargets.Full }, $"^{path.Replace(".", "\\.", StringComparison.Ordinal)}$");

    internal WeightLayer Layer(TrainableModule module) => Layers[module.Plan.Layer];

    /// <summary>An input for a layer, (2, …).</summary>
    internal static Tensor Input(LayerPlan plan, ulong seed = 3)
    {
        if (plan.Shape.Count == 4) return Tiny.Normal(seed, 2, plan.Shape[1], 6, 5);
        if (plan.IsNorm) return Tiny.Normal(seed, 2, plan.Shape[0], 4, 4);
        return plan.Layer.Path.Contains("emb_layers", StringComparison.Ordinal) ? Tiny.Normal(seed, 2, plan.Shape[1]) : Tiny.Normal(seed, 2, 9, plan.Shape[1]);
    }

    /// <summary>Moves every tensor somewhere, as training would.</summary>
    public static void Stir(TrainableNetwork network, double size = 0.1)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var seed = 100UL;
        foreach (var tensor in network.Modules.SelectMany(module => module.Tensors))
            tensor.Value.add_((Tiny.Normal(seed++, tensor.Value.shape) * size).to(tensor.Value.dtype));
    }

    /// <summary>A module as readers of its file see it.</summary>
    internal static LoraModule AsRead(TrainableModule module)
    {
        var tensors = module.ForFile(CPU);
        return ModuleFactory.Create(tensors.Keys, new("(test)", module.Plan.Stem, module.Plan.Layer, module.Plan.Shape, tensors))!;
    }

    public void Dispose()
    {
        UNet.Dispose();
        Text.Dispose();
    }
}
