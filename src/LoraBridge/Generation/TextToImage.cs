using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Turns prompts into pictures: text encoder, guided sampling, autoencoder. It belongs to one thread at a time.</summary>
public sealed class TextToImage : IDisposable
{
    /// <summary>More pixels than this are decoded tile by tile, if the request leaves it open.</summary>
    private const int MostPixelsAtOnce = 1024 * 1024;

    private readonly StableDiffusionModel _model;
    private readonly ClipTokenizer _tokenizer;
    private readonly TextToImageOptions _options;
    private readonly NoiseSchedule _schedule;
    private readonly Lazy<Task<string>> _modelHash;
    private (int ClipSkip, EmphasisMode Emphasis, PromptEncoder Encoder)? _encoder;

    private TextToImage(StableDiffusionModel model, ClipTokenizer tokenizer, TextToImageOptions options)
    {
        _model = model;
        _tokenizer = tokenizer;
        _options = options;
        var hints = model.Hints;
        _schedule = NoiseSchedule.FromBetas(NoiseSchedule.ScaledLinearBetas(
            hints.TrainingSteps ?? NoiseSchedule.TrainingTimesteps, hints.BetaStart ?? 0.00085, hints.BetaEnd ?? 0.012));
        // a checkpoint takes seconds to hash, so that goes on beside the sampling
        _modelHash = new(() => Task.Run(() => FileHashes.Sha256(options.ModelPath, options.CacheFolder)));
    }

    /// <summary>What the user should know of how the pictures were made, e.g. that the autoencoder had to change its type.</summary>
    public IReadOnlyList<string> Notes => _model.Autoencoder.FellBackToFloat32
        ? ["The autoencoder gave values that are no numbers in half precision: it computes in float32 now, which takes more memory."]
        : [];

    /// <summary>The networks.</summary>
    internal StableDiffusionModel Model => _model;

    /// <summary>Loads a checkpoint and the vocabulary.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="progress">Told how many bytes are read.</param>
    /// <param name="cancel">Asked between tensors.</param>
    /// <exception cref="TorchUnavailableException">Torch cannot be used on this machine.</exception>
    /// <exception cref="VocabularyMissingException">CLIP's vocabulary is nowhere; the message names the cures.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="UnsupportedModelException">The file is of another family.</exception>
    public static TextToImage Load(TextToImageOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancel = default)
    {
        // the vocabulary first: it is looked up in a moment, and its absence should not cost the loading of a checkpoint
        var tokenizer = new ClipTokenizer(ClipVocabulary.Find(options.Vocabulary));
        TorchExtras.EnsureAvailable();
        ComputeThreads.UseCores();
        using var frozen = no_grad();
        return new(StableDiffusionModel.Load(options.ModelPath, options.Model, progress, cancel), tokenizer, options);
    }

    /// <summary>Makes pictures.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    /// <returns>The pictures, in the order of their seeds.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the request is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<GeneratedImage> Generate(TextToImageRequest request, IProgress<SamplingProgress>? progress = null, CancellationToken cancel = default)
    {
        request.Validate();
        _ = _modelHash.Value;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();

        var choice = SamplerNames.Resolve(request.Sampler, request.Scheduler);
        var plan = SamplingPlan.FromNoise(choice, request.Steps, _schedule);
        var seeds = Seeds(request);
        var steps = new ScheduleSteps { Steps = choice.Sampler.SecondOrder ? 2 * request.Steps : request.Steps };
        var prompt = ExtraNetworkTags.Parse(PromptComments.Remove(request.Prompt)).Prompt;
        var encoder = Encoder(request);
        using var positive = encoder.Encode(prompt, steps);
        using var negative = encoder.EncodeNegative(PromptComments.Remove(request.NegativePrompt), steps);

        var images = new List<GeneratedImage>();
        for (var first = 0; first < request.Count; first += request.BatchSize)
        {
            using var batchScope = NewDisposeScope();
            var count = Math.Min(request.BatchSize, request.Count - first);
            var latents = Sample(request, plan, seeds, positive, negative, first, count, progress, cancel);
            for (var i = 0; i < count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var infotext = Describe(request, choice, seeds, first + i);
                images.Add(new(Decode(latents.narrow(0, i, 1), request, infotext), infotext, seeds.SeedOf(first + i)));
            }
        }
        progress?.Report(new(request.Count, request.Count, 0, request.Steps));
        return images;
    }

    /// <summary>Gives the weights' memory back.</summary>
    public void Dispose()
    {
        _encoder?.Encoder.Dispose();
        _model.Dispose();
    }

    private PromptEncoder Encoder(TextToImageRequest request)
    {
        if (request.ClipSkip > _model.TextEncoder.Config.Layers)
            throw new ArgumentOutOfRangeException(nameof(request), request.ClipSkip, $"{nameof(request.ClipSkip)} must be from 1 to {_model.TextEncoder.Config.Layers}, the text encoder's layers, not {request.ClipSkip}.");
        // kept between calls: a job that comes batch by batch has its prompts encoded once
        if (_encoder is { } kept && kept.ClipSkip == request.ClipSkip && kept.Emphasis == request.Emphasis) return kept.Encoder;
        _encoder?.Encoder.Dispose();
        var options = new PromptEncoderOptions { Device = _model.Device, Chunks = new() { Emphasis = request.Emphasis } };
        var encoder = new PromptEncoder(_tokenizer, ids => _model.TextEncoder.call(ids, request.ClipSkip).to(float32), options);
        _encoder = (request.ClipSkip, request.Emphasis, encoder);
        return encoder;
    }

    private static SeedPlan Seeds(TextToImageRequest request) => new()
    {
        Seed = SeedPlan.Choose(request.Seed, Random.Shared),
        Subseed = SeedPlan.Choose(request.Subseed, Random.Shared),
        SubseedStrength = request.SubseedStrength,
        SeedResizeFromWidth = request.SeedResizeFromWidth,
        SeedResizeFromHeight = request.SeedResizeFromHeight,
        EtaNoiseSeedDelta = request.EtaNoiseSeedDelta,
        Origin = request.NoiseOrigin,
    };

    /// <returns>Scaled latents of the batch, (B, 4, h, w), float32.</returns>
    private Tensor Sample(
        TextToImageRequest request, SamplingPlan plan, SeedPlan seeds, ComposedConditioning positive, ScheduledConditioning negative,
        int first, int count, IProgress<SamplingProgress>? progress, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var shape = new LatentShape((int)_model.UNet.Config.InputChannels, request.Height / 8, request.Width / 8);
        var noise = new LatentNoise(seeds, shape, count, first);
        INoiseSource source = plan.Sampler.UsesBrownianNoise ? new BrownianNoise(seeds, shape, count, plan.Levels, first) : noise;
        using var guidance = new Guidance(
            (x, t, c) => _model.UNet.call(x, t, c), positive, negative, request.GuidanceScale / plan.Sampler.GuidanceDivisor, _model.ComputeType);
        var prediction = _model.Hints.PredictionType == "v_prediction" ? PredictionType.V : PredictionType.Epsilon;
        var denoiser = new Denoiser(_schedule, prediction, guidance.Predict) { Cancel = cancel };

        progress?.Report(new(first, request.Count, 0, request.Steps));
        var start = request.StartNoisePath is { } path ? StartNoiseFile.Read(path, shape, first, count, _model.Device) : noise.Start(_model.Device);
        var latents = plan.Sampler.Sample(denoiser, plan.Begin(start), plan.Levels, new()
        {
            Noise = source,
            Eta = request.Eta,
            OnStep = step => progress?.Report(new(first, request.Count, Math.Min(step.Index + 1, request.Steps) * count, request.Steps)),
        });
        return latents.MoveToOuterDisposeScope();
    }

    private Picture Decode(Tensor latents, TextToImageRequest request, string infotext)
    {
        using var scope = NewDisposeScope();
        var unscaled = latents / (_model.Hints.ScaleFactor ?? 0.18215);
        var tiled = request.TiledDecode ?? (long)request.Width * request.Height > MostPixelsAtOnce;
        var image = tiled ? _model.Autoencoder.DecodeTiled(unscaled, new()) : _model.Autoencoder.Decode(unscaled);
        var picture = PictureTensor.ToPicture(image);
        return new(picture.Width, picture.Height, picture.Channels, picture.Pixels) { Text = new Dictionary<string, string> { ["parameters"] = infotext } };
    }

    private string Describe(TextToImageRequest request, SamplerChoice choice, SeedPlan seeds, int image)
    {
        var varied = request.SubseedStrength != 0;
        var resized = request.SeedResizeFromWidth > 0 && request.SeedResizeFromHeight > 0;
        var vae = _options.Model.AutoencoderPath;
        return Infotext.Write(request.Prompt, request.NegativePrompt, new Dictionary<string, object?>
        {
            ["Steps"] = request.Steps,
            ["Sampler"] = choice.Sampler.Name,
            ["Schedule type"] = choice.ScheduleType,
            ["CFG scale"] = request.GuidanceScale,
            ["Seed"] = seeds.SeedOf(image),
            ["Size"] = $"{request.Width}x{request.Height}",
            ["Model hash"] = _modelHash.Value.GetAwaiter().GetResult()[..10],
            ["Model"] = Path.GetFileNameWithoutExtension(_options.ModelPath),
            ["VAE hash"] = vae is null ? null : FileHashes.Sha256(vae, _options.CacheFolder)[..10],
            ["VAE"] = vae is null ? null : Path.GetFileName(vae),
            ["Variation seed"] = varied ? seeds.SubseedOf(image) : null,
            ["Variation seed strength"] = varied ? request.SubseedStrength : null,
            ["Seed resize from"] = resized ? $"{request.SeedResizeFromWidth}x{request.SeedResizeFromHeight}" : null,
            ["Clip skip"] = request.ClipSkip > 1 ? request.ClipSkip : null,
            ["ENSD"] = request.EtaNoiseSeedDelta != 0 && choice.Sampler.UsesEnsd && request.Eta != 0 ? request.EtaNoiseSeedDelta : null,
            ["RNG"] = request.NoiseOrigin == NoiseOrigin.Cpu ? "CPU" : null,
            ["Start noise"] = request.StartNoisePath is { } noise ? Path.GetFileName(noise) : null,
            ["Eta"] = request.Eta,
            ["Emphasis"] = request.Emphasis != EmphasisMode.Original && (request.Prompt + request.NegativePrompt).AsSpan().IndexOfAny("([") >= 0 ? Name(request.Emphasis) : null,
            ["Version"] = $"LoraBridge {typeof(TextToImage).Assembly.GetName().Version?.ToString(3)}",
        });
    }

    private static string Name(EmphasisMode mode) => mode == EmphasisMode.NoNorm ? "No norm" : mode.ToString();
}
