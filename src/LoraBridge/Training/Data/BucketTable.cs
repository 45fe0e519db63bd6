namespace LoraBridge.Training.Data;

/// <summary>A size in pixels.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PictureSize(int Width, int Height)
{
    /// <summary>Width by height.</summary>
    public double Aspect => (double)Width / Height;

    /// <summary>Pixels.</summary>
    public long Area => (long)Width * Height;

    /// <summary>Such as <c>512x768</c>.</summary>
    public override string ToString() => $"{Width}x{Height}";
}

/// <summary>How a picture comes into its bucket: resized to cover it, then cut.</summary>
/// <param name="Bucket">The size it is trained at.</param>
/// <param name="Resized">Its size before the cut, nowhere smaller than the bucket.</param>
/// <param name="AspectError">The bucket's aspect less the picture's, absolute.</param>
public sealed record BucketFit(PictureSize Bucket, PictureSize Resized, double AspectError)
{
    /// <summary>The part of the resized picture that is cut off, 0 to 1.</summary>
    public double Loss => 1 - (double)Bucket.Area / Resized.Area;
}

/// <summary>
/// The aspect-ratio buckets of a target area, and which of them a picture gets. The list and the choice are those of kohya's scripts,
/// so that a data set falls into the same buckets here.
/// </summary>
public sealed class BucketTable
{
    private readonly BucketOptions _options;
    private readonly HashSet<PictureSize> _known;

    /// <summary>Makes the list.</summary>
    /// <exception cref="ArgumentException">The options contradict each other; the message names them.</exception>
    public BucketTable(BucketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        _options = options;
        Buckets = !options.Enabled ? [new(options.Width, options.Height)] : options.NoUpscale ? [] : List(options);
        _known = [.. Buckets];
    }

    /// <summary>The buckets by width, then height; none where nothing is enlarged, since a picture's own size then makes its bucket.</summary>
    public IReadOnlyList<PictureSize> Buckets { get; }

    /// <summary>How a picture of this size (as shown, orientation applied) comes into its bucket.</summary>
    /// <exception cref="ArgumentException">Nothing may be enlarged, and a side is shorter than the step.</exception>
    public BucketFit Fit(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        PictureSize size = new(width, height);
        if (_options.Enabled && _options.NoUpscale) return FitWithoutEnlarging(size);

        var bucket = _known.Contains(size) ? size : Buckets.MinBy(candidate => Math.Abs(size.Aspect - candidate.Aspect));
        return new(bucket, Cover(size, bucket), Math.Abs(bucket.Aspect - size.Aspect));
    }

    private static List<PictureSize> List(BucketOptions options)
    {
        var area = (long)options.Width * options.Height;
        var square = Floor((int)Math.Sqrt(area), options.Step);
        var buckets = new HashSet<PictureSize> { new(square, square) };
        for (var width = options.MinimumSide; width <= options.MaximumSide; width += options.Step)
        {
            var height = Math.Min(options.MaximumSide, Floor((int)(area / width), options.Step));
            if (height < options.MinimumSide) continue;
            buckets.Add(new(width, height));
            buckets.Add(new(height, width));
        }
        return [.. buckets.OrderBy(bucket => bucket.Width).ThenBy(bucket => bucket.Height)];
    }

    private static PictureSize Cover(PictureSize size, PictureSize bucket)
    {
        var scale = size.Aspect > bucket.Aspect ? (double)bucket.Height / size.Height : (double)bucket.Width / size.Width;
        return new(Math.Max(bucket.Width, Round(size.Width * scale)), Math.Max(bucket.Height, Round(size.Height * scale)));
    }

    private BucketFit FitWithoutEnlarging(PictureSize size)
    {
        var resized = size.Area > (long)_options.Width * _options.Height ? Shrink(size) : size;
        PictureSize bucket = new(Floor(resized.Width, _options.Step), Floor(resized.Height, _options.Step));
        if (bucket.Area == 0)
            throw new ArgumentException($"a picture of {size} is thinner than the {_options.Step} pixels of a bucket's step, and nothing is enlarged");
        return new(bucket, resized, Math.Abs(bucket.Aspect - size.Aspect));
    }

    // of the two sizes of the wanted area, one a multiple of the step in width, one in height, the one whose bucket has more nearly the aspect
    private PictureSize Shrink(PictureSize size)
    {
        double area = (long)_options.Width * _options.Height;
        var width = Math.Sqrt(area * size.Aspect);
        var height = area / width;
        var (byWidth, byHeight) = (Floor(Round(width), _options.Step), Floor(Round(height), _options.Step));
        if (byWidth == 0 || byHeight == 0) return new(Round(width), Round(height));
        PictureSize wide = new(byWidth, Round(byWidth / size.Aspect)), high = new(Round(byHeight * size.Aspect), byHeight);
        return Error(wide) < Error(high) ? wide : high;

        double Error(PictureSize candidate)
        {
            var rows = Floor(candidate.Height, _options.Step);
            return rows == 0 ? double.PositiveInfinity : Math.Abs((double)Floor(candidate.Width, _options.Step) / rows - size.Aspect);
        }
    }

    private static void Check(BucketOptions options)
    {
        if (options.Step < 8 || options.Step % 8 != 0)
            throw new ArgumentException($"Step is {options.Step}; the autoencoder needs sides that are multiples of 8. Use 64.", nameof(options));
        if (!options.Enabled)
        {
            if (options.Width < 8 || options.Height < 8 || options.Width % 8 != 0 || options.Height % 8 != 0)
                throw new ArgumentException($"The resolution {options.Width}x{options.Height} is not in multiples of 8. Use {Floor(options.Width, 8)}x{Floor(options.Height, 8)}, or turn buckets on.", nameof(options));
            return;
        }
        if ((long)options.Width * options.Height < (long)options.Step * options.Step)
            throw new ArgumentException($"The resolution {options.Width}x{options.Height} is smaller than one Step of {options.Step} squared. Raise Width and Height, or lower Step.", nameof(options));
        if (options.NoUpscale) return;
        if (options.MinimumSide < options.Step || options.MinimumSide % options.Step != 0 || options.MaximumSide % options.Step != 0)
            throw new ArgumentException($"MinimumSide {options.MinimumSide} and MaximumSide {options.MaximumSide} must be multiples of Step {options.Step}.", nameof(options));
        if (options.MaximumSide < Math.Max(options.Width, options.Height))
            throw new ArgumentException($"MaximumSide {options.MaximumSide} is below the resolution {options.Width}x{options.Height}. Raise MaximumSide to {2 * Math.Max(options.Width, options.Height)}.", nameof(options));
    }

    private static int Floor(int value, int step) => value / step * step;

    private static int Round(double value) => (int)Math.Floor(value + 0.5);
}
