using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>A way to enlarge pictures.</summary>
/// <param name="Name">Its name in the WebUI.</param>
/// <param name="Filter">The filter by which it works; null for the one that leaves it to what comes after.</param>
public sealed record Upscaler(string Name, ResizeFilter? Filter)
{
    /// <summary>The factor it is best at, as lists show it.</summary>
    public int Scale { get; init; } = 4;

    /// <summary>The picture enlarged by a factor, its sides then brought to whole multiples of 8.</summary>
    /// <param name="picture">Any picture.</param>
    /// <param name="factor">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The picture would have no pixels, or too many.</exception>
    public Picture Upscale(Picture picture, double factor)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Resize(picture, Side(picture.Width * factor) / 8 * 8, Side(picture.Height * factor) / 8 * 8);
    }

    /// <summary>The picture at a size.</summary>
    public Picture Resize(Picture picture, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (width is < 1 or > 32768 || height is < 1 or > 32768)
            throw new ArgumentOutOfRangeException(nameof(width), $"A picture of {picture.Width}x{picture.Height} cannot become one of {width}x{height}: a side has 1 to 32768 pixels.");
        return picture.Resized(width, height, Filter ?? ResizeFilter.Lanczos);
    }

    private static int Side(double pixels) => (int)Math.Clamp(pixels, 0, int.MaxValue);
}

/// <summary>All ways to enlarge pictures.</summary>
public static class Upscalers
{
    /// <summary>The one that changes nothing by itself.</summary>
    public static Upscaler None { get; } = new("None", Filter: null);

    /// <summary>All of them, in the WebUI's order.</summary>
    public static IReadOnlyList<Upscaler> All { get; } = [None, new("Lanczos", ResizeFilter.Lanczos), new("Nearest", ResizeFilter.Nearest)];

    /// <summary>The upscaler of a name in any case; null when there is none.</summary>
    public static Upscaler? Find(string? name) => All.FirstOrDefault(upscaler => string.Equals(upscaler.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The upscaler of a name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static Upscaler Get(string name) => Find(name)
        ?? throw new ArgumentException($"There is no upscaler '{name}'. Known are: {string.Join(", ", All.Select(upscaler => upscaler.Name))}; a second pass also takes {string.Join(", ", LatentUpscaling.All.Select(mode => mode.Name))}.", nameof(name));
}
