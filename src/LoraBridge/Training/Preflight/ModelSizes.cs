using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Preflight;

/// <summary>What a checkpoint's header says of its networks; no weight is read.</summary>
/// <param name="UNet">The UNet's layout.</param>
/// <param name="Autoencoder">The autoencoder's layout.</param>
/// <param name="Text">The text encoder's layout.</param>
/// <param name="UNetNumbers">Numbers in the UNet's weights.</param>
/// <param name="AutoencoderNumbers">Numbers in the autoencoder's weights.</param>
/// <param name="TextNumbers">Numbers in the text encoder's weights.</param>
/// <param name="LargestConvolution">Numbers in the largest weight of a convolution.</param>
internal sealed record ModelSizes(UNetConfig UNet, AutoencoderConfig Autoencoder, ClipTextConfig Text, long UNetNumbers, long AutoencoderNumbers, long TextNumbers, long LargestConvolution)
{
    /// <summary>Reads the headers of a run's model and of its own autoencoder, if it has one.</summary>
    /// <exception cref="UnsupportedModelException">The file is of another family or kind.</exception>
    /// <exception cref="ModelShapeException">The weights' shapes describe no such model.</exception>
    public static ModelSizes Read(BaseModelOptions model)
    {
        using var networks = CheckpointNetworks.Open(model.Path, model.Vae, new());
        return new(
            networks.UNetConfig, networks.AutoencoderConfig, networks.TextConfig, Numbers(networks.UNet), Numbers(networks.Autoencoder), Numbers(networks.Text),
            new[] { networks.UNet, networks.Text, networks.Autoencoder }.SelectMany(source => source.Shapes.Values).Where(shape => shape.Length == 4).Max(Product));
    }

    /// <summary>The layers that the settings train.</summary>
    /// <exception cref="ArgumentException">The settings leave none, or a list by block has the wrong length.</exception>
    public IReadOnlyList<LayerPlan> Plan(TrainingOptions options)
    {
        // laid out without their tensors: names and shapes are all that is wanted
        using var unet = new UNet2DConditionModel(UNet);
        using var text = new ClipTextModel(Text);
        var layers = new ModelLayers(unet, text, CPU);
        using var start = options.Network is { RankFromWeights: true, StartWeights: { } path } ? LoraFile.Open(path, layers) : null;
        return LayerPlanner.Plan(layers, options, start);
    }

    private static long Numbers(WeightSource source) => source.Shapes.Values.Sum(Product);

    private static long Product(long[] shape) => shape.Aggregate(1L, (product, side) => product * side);
}
