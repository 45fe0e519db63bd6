using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>Stage 1: the autoencoder, from nothing.</summary>
internal sealed class AutoencoderStage
{
    /// <summary>What it writes.</summary>
    public const string FileName = "autoencoder.safetensors";

    private const string Name = "autoencoder";
    private const int ShownPictures = 48, ScaledPictures = 256;

    private readonly StageOptions _options;
    private readonly IReadOnlyList<TrainingPhase> _phases;
    private readonly GlyphSplit _split;
    private readonly PictureBatches _batches;
    private readonly TrainingNoise _noise = new(new());
    private readonly TextWriter _log;

    /// <param name="options">Where and how.</param>
    /// <param name="phases">The steps.</param>
    /// <param name="split">The glyphs; those held out are only measured on.</param>
    /// <param name="others">Glyphs of other sets, which make it know other hands; may be empty.</param>
    /// <param name="log">Told of progress.</param>
    public AutoencoderStage(StageOptions options, IReadOnlyList<TrainingPhase> phases, GlyphSplit split, IReadOnlyList<(double Share, IReadOnlyList<Glyph> Glyphs)> others, TextWriter log)
    {
        (_options, _phases, _split, _log) = (options, phases, split, log);
        _batches = new([(1 - others.Sum(set => set.Share), split.Trained), .. others], options.Seed);
    }

    /// <summary>64 pixels first, where a picture takes a quarter of the time, then 128.</summary>
    public static IReadOnlyList<TrainingPhase> Phases(long small, long large) =>
    [
        new(small, Batch: 8, Size: 64, Rate: 1.5e-3, LastRate: 2e-4),
        new(large, Batch: 4, Size: 128, Rate: 4e-4, LastRate: 5e-6),
    ];

    /// <summary>Trains, or goes on, until the end or until it is cancelled; writes the model and a picture of it now and then.</summary>
    /// <returns>Whether the end was reached.</returns>
    public bool Run(CancellationToken cancel)
    {
        manual_seed(_options.Seed);
        var device = new Device(_options.Device);
        using var autoencoder = new AutoencoderKL(AutoencoderFile.Config);
        ModelWeights.Fill(autoencoder, (name, shape) => InitialWeights.Of(name, shape, zeroEnds: false).to(device));
        NamedParameter[] parameters = [.. autoencoder.named_parameters().Select(entry => new NamedParameter(entry.name, entry.parameter))];
        if (_options.BFloat16) ModelWeights.MultiplyIn(autoencoder, ScalarType.BFloat16);
        using var run = new StageRun(Name, parameters, _phases, _options, _log);
        _log.WriteLine($"{Name}: {parameters.Sum(parameter => parameter.Tensor.numel()):N0} parameters, {_split.Trained.Count} glyphs to learn, {_split.HeldOut.Count} held out");
        return run.Run((step, phase) => run.Backward(() => Loss(autoencoder, step, phase, device)), step => Show(autoencoder, step, device), cancel);
    }

    private Tensor Loss(AutoencoderKL autoencoder, long step, TrainingPhase phase, Device device)
    {
        using var scope = NewDisposeScope();
        var images = tensor(_batches.Batch(step, phase.Batch, phase.Size), [phase.Batch, 3, phase.Size, phase.Size]).to(device);   // (B, 3, H, W)
        var (mean, logVariance) = autoencoder.Encode(images);                   // (B, 4, h, w) each
        var (noise, _) = _noise.Draw(mean.detach(), new(_options.Seed, step, 0));
        var decoded = autoencoder.Decode(mean + ((logVariance * 0.5).exp() * noise));    // (B, 3, H, W)
        return AutoencoderLoss.Of(decoded, images, mean, logVariance).MoveToOuterDisposeScope();
    }

    private void Show(AutoencoderKL autoencoder, long step, Device device)
    {
        ModelWeights.MultiplyIn(autoencoder, null);
        var scale = LatentScale.Of(cat([.. GlyphTensors.Over(_split.Trained.Take(ScaledPictures), BackgroundColor.All).Select(images => autoencoder.Encode(images.to(device)).Mean)], dim: 0));
        AutoencoderFile.Write(Path.Combine(_options.Folder, FileName), autoencoder, scale, float32);
        var (mean, worst) = AutoencoderQuality.Psnr(autoencoder, _split.HeldOut, device);
        PictureFile.Write(Path.Combine(_options.Folder, $"{Name}.png"), AutoencoderQuality.Comparison(autoencoder, [.. _split.HeldOut.Take(ShownPictures)], device));
        _log.WriteLine($"{Name}: step {step}: PSNR on {_split.HeldOut.Count} held-out glyphs {mean:0.00} dB, worst {worst:0.00} dB");
        if (_options.BFloat16) ModelWeights.MultiplyIn(autoencoder, ScalarType.BFloat16);
    }
}
