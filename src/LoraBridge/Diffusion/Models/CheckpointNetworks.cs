using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Diffusion.Models;

/// <summary>A checkpoint's three networks as its header describes them: where their tensors are, and how they are laid out. No weight is read.</summary>
internal sealed class CheckpointNetworks : IDisposable
{
    private readonly CheckpointFile _file;
    private readonly CheckpointFile? _own;

    private CheckpointNetworks(string path, string? autoencoderPath, ModelHints hints)
    {
        _file = CheckpointFile.Open(path);
        try
        {
            _own = autoencoderPath is null ? null : CheckpointFile.Open(autoencoderPath);
            var layout = CheckpointLayout.Of(_file.Tensors);
            if (layout is not { Family: ModelFamily.StableDiffusion1, InputChannels: 4, UNet.Count: > 0, TextEncoder.Count: > 0 })
                throw new UnsupportedModelException(path, layout.Description, "Choose a Stable Diffusion 1.x checkpoint that holds a UNet and a text encoder.");
            var second = _own is null ? layout : CheckpointLayout.Of(_own.Tensors);
            if (second.Autoencoder.Count == 0)
                throw new UnsupportedModelException(autoencoderPath ?? path, second.Description, $"Give an autoencoder's file (model.vae in settings, {nameof(ModelOptions.AutoencoderPath)} in code).");

            Hints = hints.Or(ModelHintSources.FromMetadata(_file.Metadata)).Or(ModelHintSources.FromConfigBeside(path)).Or(ModelHints.Sd1);
            UNet = new(_file, layout.UNet, "model.diffusion_model.");
            Text = new(_file, layout.TextEncoder, "cond_stage_model.transformer.");
            Autoencoder = new(_own ?? _file, second.Autoencoder, "first_stage_model.");
            UNetConfig = Read(UNet, UNetConfig.FromShapes);
            TextConfig = Read(Text, ClipTextConfig.FromShapes);
            AutoencoderConfig = Read(Autoencoder, AutoencoderConfig.FromShapes);
            UnusedKeys = [.. layout.Ignored, .. layout.Other];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the shapes do not say, every value filled in.</summary>
    public ModelHints Hints { get; }

    public WeightSource UNet { get; }

    public WeightSource Text { get; }

    public WeightSource Autoencoder { get; }

    public UNetConfig UNetConfig { get; }

    public ClipTextConfig TextConfig { get; }

    public AutoencoderConfig AutoencoderConfig { get; }

    /// <summary>Keys of the file that no network uses.</summary>
    public IReadOnlyList<string> UnusedKeys { get; }

    /// <summary>Reads the headers.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="autoencoderPath">A file whose autoencoder takes the place of the checkpoint's; null for its own.</param>
    /// <param name="hints">What goes before what the file says of itself.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="UnsupportedModelException">The file is of another family or kind.</exception>
    /// <exception cref="ModelShapeException">The weights' shapes describe no such model.</exception>
    public static CheckpointNetworks Open(string path, string? autoencoderPath, ModelHints hints) => new(path, autoencoderPath, hints);

    public void Dispose()
    {
        _own?.Dispose();
        _file.Dispose();
    }

    private T Read<T>(WeightSource source, Func<IReadOnlyDictionary<string, long[]>, ModelHints, T> read)
    {
        try
        {
            return read(source.Shapes, Hints);
        }
        catch (ModelShapeException shapes)
        {
            // who looks at shapes does not know whose they are
            throw new ModelShapeException(shapes.Model, shapes.Reason, source.File.Path);
        }
    }
}
