using System.Collections.Concurrent;
using System.Globalization;
using LoraBridge.Checkpoints;
using LoraBridge.Training.Data;

namespace LoraBridge.Training.Caching;

/// <summary>The keys of a training set's latents: everything between the pictures' bytes and the autoencoder's output. May be used from many threads.</summary>
internal sealed class LatentKeys
{
    // raised when the way from a picture to its latents changes: a decoder, a resize filter, the layout of the value
    private const string Kind = "latents 1";

    private readonly TrainingSet _set;
    private readonly LatentEncoder _encoder;
    private readonly string _form;
    private readonly ConcurrentDictionary<string, string> _files = new(StringComparer.Ordinal);

    /// <summary>Keys for an encoder and a form of the value (type, distribution or draw).</summary>
    public LatentKeys(TrainingSet set, LatentEncoder encoder, string form) => (_set, _encoder, _form) = (set, encoder, form);

    /// <summary>The key of a visit; reads the picture's and the mask's file the first time.</summary>
    /// <exception cref="ArgumentException">The visit changes the picture's colours, which no cache can hold.</exception>
    /// <exception cref="DatasetException">A file cannot be read any more.</exception>
    public CacheKey Of(PlannedSample sample)
    {
        var picture = _set.Pictures[sample.Picture];
        if (sample.ColorSeed is not null)
            throw new ArgumentException($"{picture.Path}: colour augmentation changes it at every visit, so its latents cannot be cached: set cache.latents or augmentation.color to false.", nameof(sample));
        var (crop, augmentation, buckets) = (sample.Crop, picture.Folder.Augmentation, _set.Options.Buckets);
        return CacheKey.Of(Kind,
            ("picture", HashOf(picture.Path)),
            ("mask", picture.MaskPath is { } mask ? HashOf(mask) : augmentation.AlphaMask ? "alpha" : "none"),
            ("background", augmentation.AlphaBackground?.ToString(CultureInfo.InvariantCulture) ?? "bare"),
            ("filters", $"{buckets.ShrinkFilter} {buckets.EnlargeFilter}"),
            ("resized", crop.Resized.ToString()),
            ("crop", string.Create(CultureInfo.InvariantCulture, $"{crop.X},{crop.Y} {crop.Size}")),
            ("flip", sample.Flip ? "yes" : "no"),
            ("autoencoder", _encoder.Identity),
            ("compute", _encoder.ComputeType.ToString()),
            ("tiles", _encoder.TilingOf(crop.Size)),
            ("form", _form));
    }

    /// <summary>Reads the files again: what was decoded must be what the key was made from.</summary>
    /// <exception cref="DatasetException">A file has changed meanwhile.</exception>
    public void CheckUnchanged(PlannedSample sample)
    {
        var picture = _set.Pictures[sample.Picture];
        foreach (var path in new[] { picture.Path, picture.MaskPath }.OfType<string>())
        {
            if (Hash(path) != HashOf(path))
                throw new DatasetException(FindingKind.Unreadable, path, "It was changed while it was being read.", "Do not change pictures during a run; start it anew.");
        }
    }

    private string HashOf(string path) => _files.GetOrAdd(path, Hash);

    private static string Hash(string path)
    {
        try
        {
            return CheckpointHashes.Sha256(path);
        }
        catch (Exception e) when (UnreadablePicture.Explains(e))
        {
            var (reason, cure) = UnreadablePicture.Explain(e);
            throw new DatasetException(FindingKind.Unreadable, path, reason, cure, e);
        }
    }
}
