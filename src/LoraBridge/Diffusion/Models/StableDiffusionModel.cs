using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Models;

/// <summary>The three networks of a Stable Diffusion checkpoint, on one device.</summary>
public sealed class StableDiffusionModel : IDisposable
{
    private StableDiffusionModel(UNet2DConditionModel unet, AutoencoderKL autoencoder, ClipTextModel textEncoder, ModelHints hints, Device device)
    {
        UNet = unet;
        Autoencoder = autoencoder;
        TextEncoder = textEncoder;
        Hints = hints;
        Device = device;
    }

    /// <summary>Predicts the noise in latents.</summary>
    public UNet2DConditionModel UNet { get; }

    /// <summary>Goes between pictures and latents.</summary>
    public AutoencoderKL Autoencoder { get; }

    /// <summary>Turns tokens into what the UNet attends to.</summary>
    public ClipTextModel TextEncoder { get; }

    /// <summary>What was not in the shapes, every value filled in.</summary>
    public ModelHints Hints { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device { get; }

    /// <summary>The type that the UNet computes in.</summary>
    public ScalarType ComputeType => UNet.ComputeType;

    /// <summary>Keys of the file that no network uses.</summary>
    public IReadOnlyList<string> UnusedKeys { get; private init; } = [];

    /// <summary>Loads a single-file checkpoint.</summary>
    /// <param name="path">The file, safetensors or a pickle.</param>
    /// <param name="options">Device, types, an autoencoder of one's own.</param>
    /// <param name="progress">Told after every tensor.</param>
    /// <param name="cancellation">Asked before every tensor.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="UnsupportedModelException">The file is of another family or kind.</exception>
    /// <exception cref="ModelShapeException">The weights' shapes describe no such model.</exception>
    /// <exception cref="CheckpointMismatchException">Tensors are missing, left over or of another shape.</exception>
    /// <exception cref="NotSupportedException">The device cannot compute in the chosen type.</exception>
    public static StableDiffusionModel Load(
        string path, ModelOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var networks = CheckpointNetworks.Open(path, options.AutoencoderPath, options.Hints);
        var device = new Device(options.Device);
        var type = ComputeTypes.Resolve(options.ComputeType, device);
        var model = new StableDiffusionModel(
            new(networks.UNetConfig) { ComputeType = type },
            new(networks.AutoencoderConfig) { ComputeType = options.AutoencoderComputeType is { } other ? ComputeTypes.Resolve(other, device) : type },
            new(networks.TextConfig) { ComputeType = ComputeTypes.Resolve(options.TextComputeType, device) },
            networks.Hints,
            device)
        {
            UnusedKeys = networks.UnusedKeys,
        };
        try
        {
            var loader = new WeightLoader(device, options.WidenWeights);
            loader.Add(model.UNet, networks.UNet, model.UNet.ComputeType);
            loader.Add(model.TextEncoder, networks.Text, model.TextEncoder.ComputeType);
            loader.Add(model.Autoencoder, networks.Autoencoder, model.Autoencoder.ComputeType);
            loader.Run(progress, cancellation);
        }
        catch
        {
            model.Dispose();
            throw;
        }
        return model;
    }

    /// <summary>Lets convolutions continue at the opposite edges, or not: pictures made so can be laid as tiles.</summary>
    internal void Wrap(bool wraps)
    {
        foreach (var layer in UNet.modules().Concat(Autoencoder.modules()).OfType<Conv2dLayer>()) layer.Wraps = wraps;
    }

    /// <summary>Gives the weights' memory back.</summary>
    public void Dispose()
    {
        UNet.Dispose();
        Autoencoder.Dispose();
        TextEncoder.Dispose();
    }
}
