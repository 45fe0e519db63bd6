using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Training.Data;

/// <summary>A batch of pictures as the autoencoder wants them.</summary>
/// <param name="Pixels">(B, 3, H, W) float32 in [-1, 1].</param>
/// <param name="Mask">(B, 1, h, w) float32 in [0, 1], the weight of each latent cell in the loss; null where no picture has a mask.</param>
public sealed record LoadedPictures(Tensor Pixels, Tensor? Mask) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Pixels.Dispose();
        Mask?.Dispose();
    }
}

/// <summary>Decodes pictures and brings them into their buckets: turned as EXIF says, alpha flattened or made a mask, resized, cut, mirrored, recoloured.</summary>
public sealed class PictureLoader
{
    private const int CellSize = 8;

    private readonly TrainingSet _set;

    /// <summary>Loads pictures of a training set. May be used from many threads.</summary>
    public PictureLoader(TrainingSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        _set = set;
    }

    /// <summary>Loads a batch as planned; the caller disposes it.</summary>
    /// <exception cref="DatasetException">A picture has changed or cannot be read any more; the message names it.</exception>
    public LoadedPictures Load(PlannedBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Load(batch.Samples);
    }

    /// <summary>Loads one picture as planned, (1, 3, H, W); the caller disposes it.</summary>
    /// <exception cref="DatasetException">The picture has changed or cannot be read any more; the message names it.</exception>
    public LoadedPictures Load(PlannedSample sample) => Load([sample]);

    /// <summary>The picture of a visit before it becomes a tensor, three channels, and its mask (one channel, the same size) or null.</summary>
    /// <exception cref="DatasetException">The picture has changed or cannot be read any more; the message names it.</exception>
    public (Picture Pixels, Picture? Mask) Read(PlannedSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var picture = _set.Pictures[sample.Picture];
        var augmentation = picture.Folder.Augmentation;
        var decoded = Decode(picture.Path);
        if (decoded.Width != picture.Width || decoded.Height != picture.Height)
            throw new DatasetException(FindingKind.Unreadable, picture.Path, $"It is {decoded.Width}x{decoded.Height} now, and was {picture.Width}x{picture.Height} when the data set was read.", "Do not change pictures during a run; start it anew.");

        var mask = picture.MaskPath is { } path ? Decode(path).ToGrey(Rgb.Black) : augmentation.AlphaMask && decoded.Channels == 4 ? decoded.Alpha() : null;
        var pixels = Placed(Flattened(decoded, augmentation), sample);
        if (sample.ColorSeed is { } seed) pixels = ColorVariation.Apply(pixels, seed);
        return (pixels, mask is null ? null : Placed(mask, sample));
    }

    private LoadedPictures Load(IReadOnlyList<PlannedSample> samples)
    {
        var pictures = samples.Select(Read).ToList();
        var pixels = PictureTensor.ToTensor(pictures.ConvertAll(picture => picture.Pixels));                            // (B, 3, H, W)
        return new(pixels, pictures.Exists(picture => picture.Mask is not null) ? Masks(pictures) : null);
    }

    private static Tensor Masks(List<(Picture Pixels, Picture? Mask)> pictures)
    {
        var (width, height) = (pictures[0].Pixels.Width / CellSize, pictures[0].Pixels.Height / CellSize);
        var cells = new float[pictures.Count * width * height];
        for (var i = 0; i < pictures.Count; i++)
        {
            var to = cells.AsSpan(i * width * height, width * height);
            if (pictures[i].Mask is { } mask) Average(mask, to, width);
            else to.Fill(1);
        }
        return tensor(cells, [pictures.Count, 1, height, width], dtype: ScalarType.Float32);                            // (B, 1, h, w)
    }

    // the mean of the area of each latent cell, not rounded to a byte
    private static void Average(Picture mask, Span<float> cells, int width)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            var (x, y) = (i % width * CellSize, i / width * CellSize);
            var sum = 0;
            for (var row = 0; row < CellSize; row++)
            {
                foreach (var value in mask.Row(y + row).Slice(x, CellSize)) sum += value;
            }
            cells[i] = sum / (255f * CellSize * CellSize);
        }
    }

    private Picture Placed(Picture picture, PlannedSample sample)
    {
        var (resized, x, y, size) = sample.Crop;
        var shrinks = resized.Width <= picture.Width && resized.Height <= picture.Height;
        var placed = picture.Resized(resized.Width, resized.Height, shrinks ? _set.Options.Buckets.ShrinkFilter : _set.Options.Buckets.EnlargeFilter);
        if (resized != size) placed = placed.Cropped(x, y, size.Width, size.Height);
        return sample.Flip ? placed.FlippedHorizontally() : placed;
    }

    private static Picture Flattened(Picture picture, AugmentationOptions augmentation)
    {
        if (picture.Channels != 4) return picture.ToRgb();
        if (augmentation.AlphaBackground is { } grey) return picture.ToRgb(new((byte)grey, (byte)grey, (byte)grey));
        var bare = picture.Pixels.AsSpan().ToArray();
        for (var i = 3; i < bare.Length; i += 4) bare[i] = 255;
        return new Picture(picture.Width, picture.Height, 4, bare).ToRgb();
    }

    private static Picture Decode(string path)
    {
        try
        {
            return PictureFile.Read(path);
        }
        catch (Exception e) when (UnreadablePicture.Explains(e))
        {
            var (reason, cure) = UnreadablePicture.Explain(e);
            throw new DatasetException(FindingKind.Unreadable, path, reason, cure, e);
        }
    }
}
