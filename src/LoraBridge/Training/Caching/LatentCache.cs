using System.Globalization;
using System.Runtime.ExceptionServices;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>
/// The latents of a training set's pictures, each encoded once. A value is found by the content of its picture and everything done to it, so one
/// that was made of other pixels, another crop or another autoencoder is never used.
/// </summary>
public sealed class LatentCache
{
    private const string MeanName = "mean", LogVarianceName = "log_variance", MaskName = "mask";

    private readonly TrainingSet _set;
    private readonly ITensorStore _store;
    private readonly LatentCacheOptions _options;
    private readonly PictureLoader _loader;
    private readonly LatentKeys _keys;
    private readonly long _channels;
    private readonly int _cell;
    private LatentEncoder? _encoder;

    /// <summary>Caches a training set's latents.</summary>
    /// <param name="set">The pictures.</param>
    /// <param name="store">Where values are kept; it stays the caller's.</param>
    /// <param name="encoder">What computes them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The pictures of a folder are varied in a way that no cache can hold; the message says which.</exception>
    public LatentCache(TrainingSet set, ITensorStore store, LatentEncoder encoder, LatentCacheOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(encoder);
        foreach (var folder in set.Folders)
        {
            if (CacheRefusals.Latents(folder.Augmentation).FirstOrDefault() is { } reason)
                throw new ArgumentException($"{folder.Path}: {reason}", nameof(set));
        }
        _options = options ?? new();
        _options.Check();
        (_set, _store, _encoder) = (set, store, encoder);
        (_channels, _cell) = (encoder.Channels, encoder.PixelsPerCell);
        _loader = new(set);
        _keys = new(set, encoder, $"{(_options.KeepsDistribution ? "distribution" : "draw")} {_options.StoredType}");
    }

    /// <summary>Computes what is missing or damaged, pictures of a size together; cancelled or killed, it leaves what is done.</summary>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancellation">Asked before every batch.</param>
    /// <exception cref="DatasetException">A picture cannot be read, or has no finite latents; the message names it.</exception>
    public FillReport Fill(IProgress<FillProgress>? progress = null, CancellationToken cancellation = default)
    {
        var wanted = Variants().ToList();
        var missing = Missing(wanted, cancellation);
        var batches = missing.GroupBy(sample => sample.Crop.Size).OrderBy(group => group.Key.Width).ThenBy(group => group.Key.Height)
            .SelectMany(group => group.Chunk(_options.BatchSize)).ToList();
        var notes = new List<string>();
        var clock = new FillClock(wanted.Count, wanted.Count - missing.Count, _options.Time, progress);
        clock.Add(0);
        foreach (var (batch, pictures) in DecodeAhead.Run(batches, Load, _options.DecodeAhead, cancellation))
        {
            using (pictures) Compute(batch, pictures, notes.Add);
            clock.Add(batch.Length);
        }
        return new(wanted.Count, wanted.Count - missing.Count, clock.Elapsed, notes);
    }

    /// <summary>Reads a batch's latents, on the CPU; what is missing is computed and kept. The caller disposes them.</summary>
    /// <exception cref="DatasetException">Values are missing and the autoencoder was let go, or a picture cannot be read any more.</exception>
    public LatentPosterior Read(PlannedBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var parts = batch.Samples.Select(Read).ToList();
        var mean = cat(parts.ConvertAll(part => part.Mean), dim: 0);                                                     // (B, 4, h, w)
        var logVariance = _options.KeepsDistribution ? cat(parts.ConvertAll(part => part.LogVariance!), dim: 0) : null;
        var mask = parts.Exists(part => part.Mask is not null)
            ? cat(parts.ConvertAll(part => part.Mask ?? ones([1, 1, mean.shape[2], mean.shape[3]], dtype: ScalarType.Float32, device: CPU)), dim: 0)
            : null;                                                                                                     // (B, 1, h, w)
        return new(mean.MoveToOuterDisposeScope(), logVariance?.MoveToOuterDisposeScope(), mask?.MoveToOuterDisposeScope());
    }

    /// <summary>Whether a visit's latents are there, whole and finite.</summary>
    public bool IsStored(PlannedSample sample)
    {
        using var scope = NewDisposeScope();
        return TryRead(sample, _keys.Of(sample)) is not null;
    }

    /// <summary>Lets the autoencoder go, so that its memory can be given back; what is missing from then on is an error.</summary>
    public void ReleaseEncoder() => _encoder = null;

    // every picture once, and once more mirrored where it is mirrored at some visits
    private IEnumerable<PlannedSample> Variants() =>
        from index in Enumerable.Range(0, _set.Pictures.Count)
        let picture = _set.Pictures[index]
        from flip in picture.Folder.Augmentation.Flip ? new[] { false, true } : [false]
        select new PlannedSample(index, 0, CropPlan.Middle(picture.Fit), flip, null, 0);

    // every file is read and hashed for it, which threads share
    private List<PlannedSample> Missing(List<PlannedSample> wanted, CancellationToken cancellation)
    {
        try
        {
            return [.. wanted.AsParallel().AsOrdered().WithDegreeOfParallelism(_options.DecodeAhead).WithCancellation(cancellation).Where(sample => !IsStored(sample))];
        }
        catch (AggregateException e) when (e.InnerException is DatasetException one)
        {
            ExceptionDispatchInfo.Throw(one);
            throw;
        }
    }

    private LatentPosterior Read(PlannedSample sample)
    {
        var key = _keys.Of(sample);
        if (TryRead(sample, key) is { } there) return there;
        using (var pictures = Load([sample])) Compute([sample], pictures, note: null);
        return TryRead(sample, key) ?? throw new IOException($"The latents of {PathOf(sample)} were written and cannot be read back: look after the disk of the cache folder.");
    }

    private LatentPosterior? TryRead(PlannedSample sample, CacheKey key)
    {
        if (!_store.TryRead(key, out var tensors)) return null;
        var (height, width) = (sample.Crop.Size.Height / _cell, sample.Crop.Size.Width / _cell);
        var isWhole = IsGood(tensors.GetValueOrDefault(MeanName), [1, _channels, height, width])
            && (!_options.KeepsDistribution || IsGood(tensors.GetValueOrDefault(LogVarianceName), [1, _channels, height, width]))
            && (!tensors.TryGetValue(MaskName, out var mask) || IsGood(mask, [1, 1, height, width]));
        return isWhole ? new(Wide(tensors[MeanName]), _options.KeepsDistribution ? Wide(tensors[LogVarianceName]) : null, tensors.GetValueOrDefault(MaskName)) : null;
    }

    private static bool IsGood(Tensor? values, long[] shape) =>
        values is not null && values.shape.SequenceEqual(shape) && values.is_floating_point() && values.isfinite().all().ToBoolean();

    private static Tensor Wide(Tensor values) => values.to(ScalarType.Float32);

    private DecodedPictures Load(PlannedSample[] samples)
    {
        var loaded = new List<LoadedPictures>();
        try
        {
            foreach (var sample in samples)
            {
                loaded.Add(_loader.Load(sample));
                _keys.CheckUnchanged(sample);
            }
            return new(loaded);
        }
        catch
        {
            new DecodedPictures(loaded).Dispose();
            throw;
        }
    }

    private void Compute(PlannedSample[] samples, DecodedPictures pictures, Action<string>? note)
    {
        if (_encoder is null)
            throw new DatasetException(FindingKind.Unreadable, PathOf(samples[0]), "Its cached latents are gone, and the autoencoder that could make them was let go.", "Start the run anew, and let nothing clear the cache folder during it.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (mean, logVariance) = _encoder.Encode(cat(pictures.Each.ConvertAll(each => each.Pixels), dim: 0), [.. samples.Select(PathOf)], note);
        for (var i = 0; i < samples.Length; i++)
        {
            var key = _keys.Of(samples[i]);
            var value = Value(key, mean.narrow(0, i, 1), logVariance.narrow(0, i, 1));
            if (pictures.Each[i].Mask is { } mask) value.Add(MaskName, mask);
            _store.Write(key, value);
        }
    }

    private Dictionary<string, Tensor> Value(CacheKey key, Tensor mean, Tensor logVariance)
    {
        if (_options.KeepsDistribution)
            return new() { [MeanName] = mean.to(_options.StoredType), [LogVarianceName] = logVariance.to(_options.StoredType) };
        // a piece of the key is as good as any seed, and gives the same draw in every run
        var seed = long.Parse(key.Hex.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var noise = tensor(NormalGenerator.First(NoiseOrigin.Philox, seed, (int)mean.numel()), mean.shape, dtype: ScalarType.Float32);
        return new() { [MeanName] = (mean + (logVariance * 0.5).exp() * noise).to(_options.StoredType) };
    }

    private string PathOf(PlannedSample sample) => _set.Pictures[sample.Picture].Path;

    private sealed record DecodedPictures(List<LoadedPictures> Each) : IDisposable
    {
        public void Dispose()
        {
            foreach (var picture in Each) picture.Dispose();
        }
    }
}
