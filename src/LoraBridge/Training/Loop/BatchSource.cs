using LoraBridge.Diffusion.Text;
using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using LoraBridge.Training.Objective;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>Turns planned batches into tensors: latents from the cache or the autoencoder, captions into tokens, text states from their cache where the text encoder is not trained.</summary>
internal sealed class BatchSource
{
    // the autoencoder's noise must have nothing to do with the noise that is learned
    private const long PosteriorSalt = 0x5bd1e995;

    private readonly TrainingNoise _noise = new(new());
    private readonly PictureLoader _loader;

    public BatchSource(TrainingSet set) => (Set, _loader) = (set, new(set));

    /// <summary>The pictures.</summary>
    public TrainingSet Set { get; }

    /// <summary>The run's steps, which a caption's warm-up may count by.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>What latents are multiplied by.</summary>
    public required double ScaleFactor { get; init; }

    /// <summary>Where the networks are.</summary>
    public required Device Device { get; init; }

    /// <summary>The text encoder's tokenizer.</summary>
    public required ClipTokenizer Tokenizer { get; init; }

    /// <summary>Encodes pictures that are not cached.</summary>
    public required LatentEncoder Encoder { get; init; }

    /// <summary>Encoded pictures, filled; null encodes each at its visit.</summary>
    public LatentCache? Latents { get; init; }

    /// <summary>Text states by captions, (B, T, D); null where the text encoder is trained.</summary>
    public Func<IReadOnlyList<CaptionTokens>, Tensor>? TextStates { get; init; }

    /// <summary>A batch; its tensors belong to the caller's scope.</summary>
    public TrainingBatch Load(PlannedBatch batch, int epoch, DrawPlace place)
    {
        var posterior = Latents?.Read(batch) ?? Encode(batch);
        var (noise, _) = _noise.Draw(posterior.Mean, place with { Seed = place.Seed ^ PosteriorSalt });
        IReadOnlyList<CaptionTokens> captions = [.. batch.Samples.Select(sample => Caption(sample, epoch, place.Step))];
        return new(
            posterior.Sample(noise, ScaleFactor).to(float32, Device),
            posterior.Mask?.to(Device),
            captions,
            TextStates?.Invoke(captions),
            [.. batch.Samples.Select(sample => Set.Pictures[sample.Picture].IsRegularisation)]);
    }

    /// <summary>The tokens of a visit's caption.</summary>
    public CaptionTokens Caption(PlannedSample sample, int epoch, long step)
    {
        var picture = Set.Pictures[sample.Picture];
        return CaptionTokens.Read(picture.CaptionAt(new(sample.CaptionSeed, epoch, step, TotalSteps)), Tokenizer, picture.Folder.Captions);
    }

    private LatentPosterior Encode(PlannedBatch batch)
    {
        using var frozen = no_grad();
        var pictures = _loader.Load(batch);
        var names = batch.Samples.Select(sample => Set.Pictures[sample.Picture].Path).ToList();
        var (mean, logVariance) = Encoder.Encode(pictures.Pixels, names);
        return new(mean, logVariance, pictures.Mask);
    }
}
