using System.Globalization;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>How text states are cached.</summary>
public sealed record TextStateCacheOptions
{
    /// <summary>Which layer's states are taken, counted from the end: 1 (default) the last, 2 the one before it.</summary>
    public int ClipSkip { get; init; } = 1;

    /// <summary>The type that states are stored in, float32 (default) or float16; they are read as float32.</summary>
    public ScalarType StoredType { get; init; } = ScalarType.Float32;

    /// <summary>How many captions the text encoder gets at once, 1 or more.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Where the text encoder lies, as torch names devices; default the CPU.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The clock of rates and times left.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>
/// The text encoder's states of captions, each different one computed once; joined from their chunks and weighted, ready for the UNet. For a
/// text encoder that is not trained: <see cref="CacheRefusals.TextStates(Settings.TrainingOptions)"/> says when it must not be used.
/// </summary>
public sealed class TextStateCache
{
    private const string Kind = "text states 1", StatesName = "states";

    private readonly ITensorStore _store;
    private readonly TextStateCacheOptions _options;
    private readonly string _identity;
    private readonly ScalarType _computeType;
    private readonly long _width;
    private ClipTextModel? _encoder;

    /// <summary>Caches the states of a text encoder, which stays the caller's; reads all of its weights once to name it.</summary>
    /// <param name="store">Where values are kept; it stays the caller's.</param>
    /// <param name="encoder">What computes them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">An adapter acts on the text encoder.</exception>
    public TextStateCache(ITensorStore store, ClipTextModel encoder, TextStateCacheOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.BatchSize, 1);
        if (_options.StoredType is not (ScalarType.Float32 or ScalarType.Float16))
            throw new ArgumentException($"Text states are stored as Float32 or Float16, not {_options.StoredType}.", nameof(options));
        (_store, _encoder) = (store, encoder);
        (_identity, _computeType, _width) = (ModelIdentity.Of(encoder), encoder.ComputeType, encoder.Config.Width);
    }

    /// <summary>Every caption that a training set's pictures can have, each once with the options it is read by; the empty one too where whole captions are dropped.</summary>
    /// <exception cref="ArgumentException">A folder's captions change from visit to visit; the message says why.</exception>
    public static IReadOnlyList<(string Caption, CaptionOptions Options)> CaptionsOf(TrainingSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var captions = new List<(string, CaptionOptions)>();
        foreach (var folder in set.Folders)
        {
            if (CacheRefusals.TextStates(folder.Captions).FirstOrDefault() is { } reason)
                throw new ArgumentException($"{folder.Path}: {reason}", nameof(set));
            if (folder.Captions is { DropoutRate: > 0 } or { DropoutEveryEpochs: > 0 }) captions.Add(("", folder.Captions));
        }
        captions.AddRange(set.Pictures.Select(picture => (CaptionVariant.Of(picture.Caption, picture.Folder.Captions with { DropoutRate = 0, DropoutEveryEpochs = 0 }, default), picture.Folder.Captions)));
        return [.. captions.Distinct()];
    }

    /// <summary>Computes the states that are missing or damaged; captions that are alike count once.</summary>
    /// <param name="captions">All captions of the run.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancellation">Asked before every batch.</param>
    public FillReport Fill(IEnumerable<CaptionTokens> captions, IProgress<FillProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var wanted = captions.DistinctBy(KeyOf).ToList();
        var missing = wanted.FindAll(caption => !IsStored(caption));
        var clock = new FillClock(wanted.Count, wanted.Count - missing.Count, _options.Time, progress);
        clock.Add(0);
        foreach (var batch in missing.GroupBy(caption => caption.Chunks.Count).SelectMany(group => group.Chunk(_options.BatchSize)))
        {
            cancellation.ThrowIfCancellationRequested();
            Compute(batch);
            clock.Add(batch.Length);
        }
        return new(wanted.Count, wanted.Count - missing.Count, clock.Elapsed, []);
    }

    /// <summary>The states of a batch of captions of n chunks, (B, 75 n + 2, D) float32 on the CPU; what is missing is computed and kept.</summary>
    /// <exception cref="InvalidOperationException">States are missing and the text encoder was let go.</exception>
    public Tensor Read(IReadOnlyList<CaptionTokens> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        using var scope = NewDisposeScope();
        return cat([.. captions.Select(Read)], dim: 0).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a caption's states are there, whole and finite.</summary>
    public bool IsStored(CaptionTokens caption)
    {
        using var scope = NewDisposeScope();
        return TryRead(caption) is not null;
    }

    /// <summary>Lets the text encoder go, so that its memory can be given back; what is missing from then on is an error.</summary>
    public void ReleaseEncoder() => _encoder = null;

    private Tensor Read(CaptionTokens caption)
    {
        if (TryRead(caption) is { } there) return there;
        Compute([caption]);
        return TryRead(caption) ?? throw new IOException("A caption's states were written and cannot be read back: look after the disk of the cache folder.");
    }

    private Tensor? TryRead(CaptionTokens caption)
    {
        if (!_store.TryRead(KeyOf(caption), out var tensors) || !tensors.TryGetValue(StatesName, out var states)) return null;
        var isWhole = states.shape.SequenceEqual([1, caption.Chunks.Count * PromptChunk.TextLength + 2, _width]) && states.is_floating_point() && states.isfinite().all().ToBoolean();
        return isWhole ? states.to(ScalarType.Float32) : null;
    }

    private void Compute(CaptionTokens[] captions)
    {
        if (_encoder is null)
            throw new InvalidOperationException("The cached states of a caption are gone, and the text encoder that could make them was let go: start the run anew, and let nothing clear the cache folder during it.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var states = CaptionBatch.Join(_encoder.call(CaptionBatch.Ids(captions, new(_options.Device)), _options.ClipSkip).to(ScalarType.Float32), captions).cpu();
        if (!states.isfinite().all().ToBoolean())
            throw new InvalidOperationException($"The text encoder's states hold NaN or infinity, computed in {_computeType}: use another base model, or compute it in float32.");
        for (var i = 0; i < captions.Length; i++)
            _store.Write(KeyOf(captions[i]), new Dictionary<string, Tensor> { [StatesName] = states.narrow(0, i, 1).to(_options.StoredType) });
    }

    private CacheKey KeyOf(CaptionTokens caption) => CacheKey.Of(Kind,
        ("tokens", string.Join(' ', caption.Chunks.SelectMany(chunk => chunk.Tokens))),
        ("weights", string.Join(' ', caption.Chunks.SelectMany(chunk => chunk.Weights).Select(weight => weight.ToString("R", CultureInfo.InvariantCulture)))),
        ("chunks", caption.Chunks.Count.ToString(CultureInfo.InvariantCulture)),
        ("skip", _options.ClipSkip.ToString(CultureInfo.InvariantCulture)),
        ("encoder", _identity),
        ("compute", _computeType.ToString()),
        ("form", _options.StoredType.ToString()));
}
