using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using LoraBridge.Lora;
using LoraBridge.Lora.Catalog;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>
/// Turns prompts into pictures: adapters, text encoder, guided sampling, autoencoder. It belongs to one thread at a time. The
/// adapters of a request stay on the model until another request names others.
/// </summary>
public sealed class TextToImage : IDisposable
{
    /// <summary>More pixels than this are decoded tile by tile, if the request leaves it open.</summary>
    private const int MostPixelsAtOnce = 1024 * 1024;

    private readonly StableDiffusionModel _model;
    private readonly ClipTokenizer _tokenizer;
    private readonly NoiseSchedule _schedule;
    private readonly PictureInfotext _infotext;
    private readonly LoraMixer _mixer;
    private readonly LoraLibrary _loras;
    private readonly EmbeddingFolder? _embeddings;
    private readonly bool _ownsModel;
    private (int ClipSkip, EmphasisMode Emphasis, PromptEncoder Encoder)? _encoder;

    private TextToImage(StableDiffusionModel model, ClipTokenizer tokenizer, TextToImageOptions options, bool ownsModel)
    {
        _ownsModel = ownsModel;
        _model = model;
        _tokenizer = tokenizer;
        var hints = model.Hints;
        _schedule = NoiseSchedule.FromBetas(NoiseSchedule.ScaledLinearBetas(
            hints.TrainingSteps ?? NoiseSchedule.TrainingTimesteps, hints.BetaStart ?? 0.00085, hints.BetaEnd ?? 0.012));
        _infotext = new(options);
        _mixer = new(model);
        var catalog = options.LoraFolders.Count == 0 ? null
            : LoraCatalog.Open(new() { Folders = options.LoraFolders, CacheFolder = options.CacheFolder });
        _loras = new(catalog, new(_mixer.Layers, options.LoraMemory), new(options.Live, _mixer.Layers));
        _embeddings = options.EmbeddingFolder is { } folder ? new(folder) : null;
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
        return new(StableDiffusionModel.Load(options.ModelPath, options.Model, progress, cancel), tokenizer, options, ownsModel: true);
    }

    /// <summary>Draws with a model that belongs to somebody else, and with whatever stands in for its layers; disposing this leaves it loaded.</summary>
    internal static TextToImage Over(StableDiffusionModel model, ClipTokenizer tokenizer, TextToImageOptions options) => new(model, tokenizer, options, ownsModel: false);

    /// <summary>Makes pictures.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the request is out of range.</exception>
    /// <exception cref="LoraMissingException">A strict request names an adapter that cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GenerationResult Generate(TextToImageRequest request, IProgress<SamplingProgress>? progress = null, CancellationToken cancel = default)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (run, prompt) = Begin(request);
        var chosen = _loras.Choose([.. prompt.Loras, .. request.Loras], prompt.Warnings, request.Strict);
        Put([chosen], request);
        using var conditioning = Encode(request, run, prompt, chosen, picture: 0);

        var images = new List<GeneratedImage>();
        var batches = (request.Count + request.BatchSize - 1) / request.BatchSize;
        for (var first = 0; first < request.Count; first += request.BatchSize)
        {
            using var batchScope = NewDisposeScope();
            var (done, count) = (first, Math.Min(request.BatchSize, request.Count - first));
            Report(0);
            var latents = run.Sample([conditioning], done..(done + count), sharedNoise: false, Report, cancel);
            for (var i = 0; i < count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                images.Add(Finish(latents.narrow(0, i, 1), request, run, first + i, chosen, conditioning));
            }

            void Report(int steps) => progress?.Report(new(done / request.BatchSize, batches, steps, request.Steps) { Finished = done, Wanted = request.Count });
        }
        progress?.Report(new(batches, batches, 0, request.Steps) { Finished = request.Count, Wanted = request.Count });
        _loras.Trim([chosen]);
        return new(images, [.. prompt.Warnings.Distinct()]);
    }

    /// <summary>Draws blends of adapters with one prompt and one seed, many of them in one run.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the request is out of range.</exception>
    /// <exception cref="LoraMissingException">A strict request names an adapter that cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BlendPreview Preview(BlendPreviewRequest request, IProgress<SamplingProgress>? progress = null, CancellationToken cancel = default)
    {
        request.Validate();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var picture = request.Picture;
        var (run, prompt) = Begin(picture);
        var blends = request.Blends.Select(blend => _loras.Choose([.. prompt.Loras, .. picture.Loras, .. blend.Loras], prompt.Warnings, picture.Strict)).ToList();
        var atOnce = run.Choice.Sampler.CouplesImages ? 1 : request.AtOnce;

        var images = new List<GeneratedImage>();
        var batches = (blends.Count + atOnce - 1) / atOnce;
        foreach (var batch in blends.Chunk(atOnce))
        {
            using var batchScope = NewDisposeScope();
            Put(batch, picture);
            using var conditioning = new ConditioningBatch(batch.Select((chosen, i) => Encode(picture, run, prompt, chosen, i)));
            Report(0);
            var latents = run.Sample(conditioning.Pictures, 0..batch.Length, sharedNoise: true, Report, cancel);
            foreach (var (i, chosen) in batch.Index())
            {
                cancel.ThrowIfCancellationRequested();
                var shown = picture with { Loras = [.. picture.Loras, .. request.Blends[images.Count].Loras] };
                images.Add(Finish(latents.narrow(0, i, 1), shown, run, 0, chosen, conditioning.Pictures[i]));
            }

            void Report(int steps) => progress?.Report(new(images.Count / atOnce, batches, steps, picture.Steps) { Finished = images.Count, Wanted = blends.Count });
        }
        progress?.Report(new(batches, batches, 0, picture.Steps) { Finished = blends.Count, Wanted = blends.Count });
        _loras.Trim(blends);
        return new(ContactSheet.Of(request, images), images, [.. prompt.Warnings.Distinct()]);
    }

    /// <summary>Takes the adapters of the last request off the model, so that others may use it.</summary>
    internal void TakeOffAdapters()
    {
        _mixer.Clear();
        _loras.Trim([]);
    }

    /// <summary>Gives the weights' memory back.</summary>
    public void Dispose()
    {
        _encoder?.Encoder.Dispose();
        _mixer.Dispose();
        _loras.Dispose();
        if (_ownsModel) _model.Dispose();
    }

    private (SamplingRun Run, RequestPrompt Prompt) Begin(TextToImageRequest request)
    {
        request.Validate();
        if (request.ClipSkip > _model.TextEncoder.Config.Layers)
            throw new ArgumentOutOfRangeException(nameof(request), request.ClipSkip, $"{nameof(request.ClipSkip)} must be from 1 to {_model.TextEncoder.Config.Layers}, the text encoder's layers, not {request.ClipSkip}.");
        _infotext.Begin();
        _embeddings?.Rescan();
        return (new(_model, _mixer, _schedule, request), RequestPrompt.Read(request));
    }

    private void Put(IReadOnlyList<ChosenLoras> pictures, TextToImageRequest request)
    {
        LoraBlend[] blends = [.. pictures.Select(chosen => chosen.Blend)];
        _mixer.Set(blends, request.LoraPlacement);
    }

    private PromptConditioning Encode(TextToImageRequest request, SamplingRun run, RequestPrompt prompt, ChosenLoras chosen, int picture)
    {
        var encoder = Encoder(request);
        encoder.TextEncoderState = _mixer.TextState(picture);
        encoder.Embeddings = Embeddings(chosen);
        _mixer.BeginText(picture);
        foreach (var text in (string[])[prompt.Positive, prompt.Negative])
            foreach (var warning in encoder.Embeddings?.Warnings(text) ?? []) prompt.Warnings.Add(warning);
        return new(encoder.Encode(prompt.Positive, run.Steps), encoder.EncodeNegative(prompt.Negative, run.Steps));
    }

    private PromptEncoder Encoder(TextToImageRequest request)
    {
        // kept between calls: a job that comes batch by batch has its prompts encoded once
        if (_encoder is { } kept && kept.ClipSkip == request.ClipSkip && kept.Emphasis == request.Emphasis) return kept.Encoder;
        _encoder?.Encoder.Dispose();
        var options = new PromptEncoderOptions { Device = _model.Device, Chunks = new() { Emphasis = request.Emphasis } };
        var encoder = new PromptEncoder(_tokenizer, (ids, vectors) => _model.TextEncoder.Encode(ids, request.ClipSkip, vectors).to(float32), options);
        _encoder = (request.ClipSkip, request.Emphasis, encoder);
        return encoder;
    }

    private TextEmbeddings? Embeddings(ChosenLoras chosen)
    {
        if (_embeddings is null && chosen.Embeddings.Count == 0) return null;
        return new(_tokenizer, _model.TextEncoder.Config.Width, _embeddings?.Embeddings.Values ?? [], chosen.Embeddings);
    }

    private GeneratedImage Finish(Tensor latents, TextToImageRequest request, SamplingRun run, int image, ChosenLoras chosen, PromptConditioning conditioning)
    {
        var text = _infotext.Of(request, run, image, chosen, conditioning);
        return new(Decode(latents, request, text), text, run.Seeds.SeedOf(image));
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
}
