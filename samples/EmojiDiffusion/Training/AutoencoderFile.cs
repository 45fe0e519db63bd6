using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>An autoencoder in a file of its own, keys as in a single-file checkpoint.</summary>
internal static class AutoencoderFile
{
    /// <summary>What its keys begin with.</summary>
    public const string Prefix = "first_stage_model.";

    /// <summary>Where metadata tell of <see cref="AutoencoderConfig.NormGroups"/>, which no shape shows.</summary>
    public const string GroupsName = "lorabridge.vae_norm_groups";

    /// <summary>The sizes of ours: 1.4 million parameters, latents of 16 x 16 for pictures of 128 x 128.</summary>
    /// <remarks>
    /// Four channels a group, as in the full-size autoencoder. The usual 32 groups would leave one channel a group at this width: every
    /// channel's mean over a picture is then taken away, and with it the colour of a plain background.
    /// </remarks>
    public static AutoencoderConfig Config { get; } = new() { EncoderChannels = [32, 32, 64, 64], DecoderChannels = [32, 32, 64, 64], NormGroups = 8 };

    /// <summary>An autoencoder as a file's shapes lay it out, its weights in float32.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelShapeException">The file holds no autoencoder.</exception>
    public static AutoencoderKL Load(string path, Device device)
    {
        using var file = CheckpointFile.Open(path);
        var names = file.Tensors.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(key => key[Prefix.Length..]);
        var shapes = names.ToDictionary(pair => pair.Key, pair => file.Tensors[pair.Value].Shape.ToArray());
        var autoencoder = new AutoencoderKL(AutoencoderConfig.FromShapes(shapes, ModelHintSources.FromMetadata(file.Metadata)));
        ModelWeights.Fill(autoencoder, (name, _) =>
        {
            using var scope = NewDisposeScope();
            return file.Read(names[name], device).to(float32).MoveToOuterDisposeScope();
        });
        return autoencoder;
    }

    /// <summary>Writes an autoencoder with its latents' scale folded in.</summary>
    public static void Write(string path, AutoencoderKL autoencoder, LatentScale scale, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var tensors = autoencoder.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.detach().to(float32, CPU));
        scale.Fold(tensors);
        SafetensorsWriter.Write(path, tensors.ToDictionary(pair => Prefix + pair.Key, pair => pair.Value.to(type)),
            new Dictionary<string, string> { [GroupsName] = $"{autoencoder.Config.NormGroups}" });
    }
}
