using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using LoraBridge.Lora.Catalog;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>
/// Turns prompts, and pictures with prompts, into pictures: adapters, text encoder, guided sampling, autoencoder. It belongs to
/// one thread at a time. The adapters of a request stay on the model until another request names others.
/// </summary>
public sealed class TextToImage : IDisposable
{
    private readonly bool _ownsModel;

    private TextToImage(StableDiffusionModel model, ClipTokenizer tokenizer, TextToImageOptions options, bool ownsModel)
    {
        _ownsModel = ownsModel;
        var hints = model.Hints;
        var schedule = NoiseSchedule.FromBetas(NoiseSchedule.ScaledLinearBetas(
            hints.TrainingSteps ?? NoiseSchedule.TrainingTimesteps, hints.BetaStart ?? 0.00085, hints.BetaEnd ?? 0.012));
        var mixer = new LoraMixer(model);
        var catalog = options.LoraFolders.Count == 0 ? null
            : LoraCatalog.Open(new() { Folders = options.LoraFolders, CacheFolder = options.CacheFolder });
        var loras = new LoraLibrary(catalog, new(mixer.Layers, options.LoraMemory), new(options.Live, mixer.Layers));
        var embeddings = options.EmbeddingFolder is { } folder ? new EmbeddingFolder(folder) : null;
        Parts = new(model, mixer, loras, new(model, tokenizer, mixer, embeddings), new(model), schedule, new(options));
    }

    /// <summary>What the user should know of how the pictures were made, e.g. that the autoencoder had to change its type.</summary>
    public IReadOnlyList<string> Notes => Model.Autoencoder.FellBackToFloat32
        ? ["The autoencoder gave values that are no numbers in half precision: it computes in float32 now, which takes more memory."]
        : [];

    /// <summary>The networks.</summary>
    internal StableDiffusionModel Model => Parts.Model;

    /// <summary>The networks and all that works with them.</summary>
    internal PipelineParts Parts { get; }

    /// <summary>Loads a checkpoint and the vocabulary.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="progress">Told how many bytes are read.</param>
    /// <param name="cancel">Asked between tensors.</param>
    /// <exception cref="TorchUnavailableException">Torch cannot be used on this machine.</exception>
    /// <exception cref="VocabularyMissingException">The vocabulary is nowhere.</exception>
    /// <exception cref="UnsupportedModelException">The checkpoint is of another family or kind.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or unsafe.</exception>
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

    /// <summary>Makes pictures from noise or from pictures; see <see cref="Generate(PictureRequest, IProgress{SamplingProgress}?, GenerationControl, CancellationToken)"/>.</summary>
    public GenerationResult Generate(PictureRequest request, IProgress<SamplingProgress>? progress = null, CancellationToken cancel = default) =>
        Generate(request, progress, new(), cancel);

    /// <summary>Makes pictures from noise or from pictures.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="control">May end it before its time with what there is, and finds other checkpoints; one for each job.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the request is out of range.</exception>
    /// <exception cref="ArgumentException">The request contradicts itself.</exception>
    /// <exception cref="LoraMissingException">A strict request names an adapter that cannot be used.</exception>
    /// <exception cref="Imaging.PictureFormatException">A picture to begin with, or a mask, cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GenerationResult Generate(PictureRequest request, IProgress<SamplingProgress>? progress, GenerationControl control, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(control);
        request.Validate();
        Parts.Infotext.Begin();
        using var threads = ComputeThreads.Begin();
        using var frozen = no_grad();
        return new GenerationJob(Parts, request, control, cancel).Run(progress);
    }

    /// <summary>Draws blends of adapters; see <see cref="Preview(BlendPreviewRequest, IProgress{SamplingProgress}?, GenerationControl, CancellationToken)"/>.</summary>
    public BlendPreview Preview(BlendPreviewRequest request, IProgress<SamplingProgress>? progress = null, CancellationToken cancel = default) =>
        Preview(request, progress, new(), cancel);

    /// <summary>Draws blends of adapters with one prompt and one seed, many of them in one run.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="control">May end it before its time; the sheet then has the blends that there are.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the request is out of range.</exception>
    /// <exception cref="LoraMissingException">A strict request names an adapter that cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BlendPreview Preview(BlendPreviewRequest request, IProgress<SamplingProgress>? progress, GenerationControl control, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(control);
        request.Validate();
        Parts.Infotext.Begin();
        using var threads = ComputeThreads.Begin();
        using var frozen = no_grad();
        return new BlendJob(Parts, request, control, cancel).Run(progress);
    }

    /// <summary>Takes whatever the last request left on the model off it, so that others may use it.</summary>
    internal void LeaveModel()
    {
        Parts.Mixer.Clear();
        Parts.Loras.Trim([]);
        Parts.Model.Wrap(false);
    }

    /// <summary>Gives the weights' memory back.</summary>
    public void Dispose()
    {
        Parts.Prompts.Dispose();
        Parts.Mixer.Dispose();
        Parts.Loras.Dispose();
        Parts.Infotext.Dispose();
        if (!_ownsModel) return;
        Parts.Model.Dispose();
        TorchExtras.ReleaseCachedMemory();
    }
}
