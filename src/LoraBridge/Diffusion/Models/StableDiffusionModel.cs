using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
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
        using var file = CheckpointFile.Open(path);
        using var autoencoderFile = options.AutoencoderPath is { } own ? CheckpointFile.Open(own) : null;

        var layout = CheckpointLayout.Of(file.Tensors);
        if (layout is not { Family: ModelFamily.StableDiffusion1, InputChannels: 4, UNet.Count: > 0, TextEncoder.Count: > 0 })
            throw new UnsupportedModelException(path, layout.Description, "Choose a Stable Diffusion 1.x checkpoint that holds a UNet and a text encoder.");
        var autoencoder = autoencoderFile is null ? layout.Autoencoder : CheckpointLayout.Of(autoencoderFile.Tensors).Autoencoder;
        if (autoencoder.Count == 0)
            throw new UnsupportedModelException(autoencoderFile?.Path ?? path, layout.Description, $"Give an autoencoder's file ({nameof(ModelOptions.AutoencoderPath)}).");

        var hints = options.Hints
            .Or(ModelHintSources.FromMetadata(file.Metadata))
            .Or(ModelHintSources.FromConfigBeside(path))
            .Or(ModelHints.Sd1);
        var unet = new WeightSource(file, layout.UNet, "model.diffusion_model.");
        var text = new WeightSource(file, layout.TextEncoder, "cond_stage_model.transformer.");
        var vae = new WeightSource(autoencoderFile ?? file, autoencoder, "first_stage_model.");

        var device = new Device(options.Device);
        var type = ComputeTypes.Resolve(options.ComputeType, device);
        var model = new StableDiffusionModel(
            new(UNetConfig.FromShapes(unet.Shapes, hints)) { ComputeType = type },
            new(AutoencoderConfig.FromShapes(vae.Shapes, hints)) { ComputeType = options.AutoencoderComputeType is { } other ? ComputeTypes.Resolve(other, device) : type },
            new(ClipTextConfig.FromShapes(text.Shapes, hints)) { ComputeType = ComputeTypes.Resolve(options.TextComputeType, device) },
            hints,
            device)
        {
            UnusedKeys = [.. layout.Ignored, .. layout.Other],
        };
        try
        {
            var loader = new WeightLoader(device, options.WidenWeights);
            loader.Add(model.UNet, unet, model.UNet.ComputeType);
            loader.Add(model.TextEncoder, text, model.TextEncoder.ComputeType);
            loader.Add(model.Autoencoder, vae, model.Autoencoder.ComputeType);
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
