using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>Writes the infotexts of a pipeline's pictures.</summary>
internal sealed class PictureInfotext : IDisposable
{
    private readonly string? _autoencoderPath, _cacheFolder;
    private readonly Lazy<Task<string>> _modelHash;
    private readonly CancellationTokenSource _closed = new();

    public PictureInfotext(TextToImageOptions options)
    {
        (_autoencoderPath, _cacheFolder) = (options.Model.AutoencoderPath, options.CacheFolder);
        ModelName = Path.GetFileNameWithoutExtension(options.ModelPath);
        // a checkpoint takes seconds to hash, so that goes on beside the sampling
        _modelHash = new(() => Task.Run(() => FileHashes.Sha256(options.ModelPath, options.CacheFolder, progress: null, _closed.Token)));
    }

    /// <summary>The checkpoint's file name without its extension.</summary>
    public string ModelName { get; }

    private string ModelHash => _modelHash.Value.GetAwaiter().GetResult()[..10];

    private string? VaeName => Path.GetFileName(_autoencoderPath);

    private string? VaeHash => _autoencoderPath is null ? null : FileHashes.Sha256(_autoencoderPath, _cacheFolder)[..10];

    /// <summary>Begins what takes time.</summary>
    public void Begin() => _ = _modelHash.Value;

    /// <summary>Ends what has begun, so that nothing is written once the pipeline is gone.</summary>
    public void Dispose()
    {
        _closed.Cancel();
        if (_modelHash.IsValueCreated) ((IAsyncResult)_modelHash.Value).AsyncWaitHandle.WaitOne();
        _closed.Dispose();
    }

    /// <summary>The text of a picture.</summary>
    /// <param name="facts">The job.</param>
    /// <param name="image">The picture's place in it.</param>
    public string Of(InfotextFacts facts, int image)
    {
        var (request, choice, seeds) = (facts.Request, facts.First.Choice, facts.First.Seeds);
        var (varied, shown) = (request.SubseedStrength != 0, request.Infotext);
        KeyValuePair<string, object?>[] usual =
        [
            new("Steps", request.Steps),
            new("Sampler", choice.Sampler.Name),
            new("Schedule type", choice.ScheduleType),
            new("CFG scale", request.GuidanceScale),
            new("Seed", seeds.SeedOf(image)),
            new("Size", $"{request.Width}x{request.Height}"),
            new("Model hash", shown.ModelHash ? ModelHash : null),
            new("Model", shown.ModelName ? ModelName : null),
            new("VAE hash", shown.VaeHash ? VaeHash : null),
            new("VAE", shown.VaeName ? VaeName : null),
            new("Variation seed", varied ? seeds.SubseedOf(image) : null),
            new("Variation seed strength", varied ? request.SubseedStrength : null),
            new("Seed resize from", request.ResizesSeed ? $"{request.SeedResizeFromWidth}x{request.SeedResizeFromHeight}" : null),
            new("Clip skip", request.ClipSkip > 1 ? request.ClipSkip : null),
            new("ENSD", request.EtaNoiseSeedDelta != 0 && choice.Sampler.UsesEnsd && facts.First.Eta != 0 ? request.EtaNoiseSeedDelta : null),
            new("Token merging ratio", facts.First.TokenMergingRatio is > 0 and var merged ? merged : null),
            new("Token merging ratio hr", facts.Hires?.Pass.Pass.TokenMergingRatio is > 0 and var mergedLater ? mergedLater : null),
            new("RNG", request.NoiseOrigin == NoiseOrigin.Cpu ? "CPU" : null),
            new("Tiling", request.Seamless ? true : null),
            new("Version", shown.Version ? $"LoraBridge {typeof(PictureInfotext).Assembly.GetName().Version?.ToString(3)}" : null),
            new("User", shown.User),
        ];
        return Infotext.Write(facts.Shown, facts.Prompt.Negative, usual.Concat(InfotextExtras.Of(facts)));
    }

    /// <summary>What the pictures of a job have in common.</summary>
    /// <param name="facts">The job.</param>
    /// <param name="batchSize">Pictures of a batch.</param>
    public GenerationFacts Summary(InfotextFacts facts, int batchSize) => new()
    {
        Prompt = facts.Shown,
        NegativePrompt = facts.Prompt.Negative,
        Seed = facts.First.Seeds.SeedOf(0),
        Subseed = facts.First.Seeds.SubseedOf(0),
        BatchSize = batchSize,
        Sampler = facts.First.Choice.Sampler.Name,
        ScheduleType = facts.First.Choice.ScheduleType,
        ModelName = ModelName,
        ModelHash = ModelHash,
        VaeName = VaeName,
        VaeHash = VaeHash,
        Extra = [.. InfotextExtras.Of(facts).Where(pair => pair.Value is not null).Select(pair => new KeyValuePair<string, object>(pair.Key, pair.Value!))],
    };

    /// <summary>The picture with an infotext.</summary>
    public static Picture Put(string infotext, Picture picture) =>
        new(picture.Width, picture.Height, picture.Channels, picture.Pixels) { Text = new Dictionary<string, string> { ["parameters"] = infotext } };
}
