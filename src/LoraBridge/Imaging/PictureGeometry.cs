namespace LoraBridge.Imaging;

/// <summary>Moves pixels without changing them: crop, pad, flip, turn. Every method returns a new picture.</summary>
public static class PictureGeometry
{
    /// <summary>The rectangle whose top left corner is (<paramref name="x"/>, <paramref name="y"/>).</summary>
    public static Picture Cropped(this Picture picture, int x, int y, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (x < 0 || y < 0 || width < 1 || height < 1 || width > picture.Width - x || height > picture.Height - y)
            throw new ArgumentOutOfRangeException(nameof(width), $"The rectangle {width}x{height} at ({x}, {y}) does not lie inside a picture of {picture.Width}x{picture.Height}.");
        var result = picture.With(width, height, picture.Channels, new byte[width * height * picture.Channels]);
        for (var row = 0; row < height; row++)
            picture.Row(y + row).Slice(x * picture.Channels, result.Stride).CopyTo(result.Row(row));
        return result;
    }

    /// <summary>A region of the picture.</summary>
    public static Picture Cropped(this Picture picture, PictureRegion region) => picture.Cropped(region.Left, region.Top, region.Width, region.Height);

    /// <summary>A larger picture filled with <paramref name="color"/> (opaque), this one at (<paramref name="x"/>, <paramref name="y"/>) in it.</summary>
    public static Picture Padded(this Picture picture, int x, int y, int width, int height, Rgb color)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (x < 0 || y < 0 || picture.Width > width - x || picture.Height > height - y)
            throw new ArgumentOutOfRangeException(nameof(width), $"A picture of {picture.Width}x{picture.Height} at ({x}, {y}) does not fit into {width}x{height}.");
        var blank = new Picture(width, height, picture.Channels);
        var result = picture.With(width, height, picture.Channels, blank.Pixels);
        result.Fill(color);
        for (var row = 0; row < picture.Height; row++)
            picture.Row(row).CopyTo(result.Row(y + row)[(x * picture.Channels)..]);
        return result;
    }

    /// <summary>Paints the whole picture in one opaque colour (its luma where the picture is grey), in place.</summary>
    public static void Fill(this Picture picture, Rgb color)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ReadOnlySpan<byte> pixel = picture.Channels == 1 ? [color.Luma()] : [color.R, color.G, color.B, 255];
        pixel = pixel[..picture.Channels];
        var first = picture.Row(0);
        for (var i = 0; i < first.Length; i += pixel.Length)
            pixel.CopyTo(first[i..]);
        for (var row = 1; row < picture.Height; row++)
            first.CopyTo(picture.Row(row));
    }

    /// <summary>Left and right exchanged.</summary>
    public static Picture FlippedHorizontally(this Picture picture) => Moved(picture, turned: false, (x, y, w, _) => (w - 1 - x, y));

    /// <summary>Top and bottom exchanged.</summary>
    public static Picture FlippedVertically(this Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var result = picture.With(picture.Width, picture.Height, picture.Channels, new byte[picture.Pixels.Length]);
        for (var row = 0; row < picture.Height; row++)
            picture.Row(row).CopyTo(result.Row(picture.Height - 1 - row));
        return result;
    }

    /// <summary>Turned a quarter clockwise.</summary>
    public static Picture Rotated90(this Picture picture) => Moved(picture, turned: true, (x, y, _, h) => (h - 1 - y, x));

    /// <summary>Turned by half.</summary>
    public static Picture Rotated180(this Picture picture) => Moved(picture, turned: false, (x, y, w, h) => (w - 1 - x, h - 1 - y));

    /// <summary>Turned a quarter anticlockwise.</summary>
    public static Picture Rotated270(this Picture picture) => Moved(picture, turned: true, (x, y, w, _) => (y, w - 1 - x));

    /// <summary>Mirrored at the diagonal from the top left: rows become columns.</summary>
    public static Picture Transposed(this Picture picture) => Moved(picture, turned: true, (x, y, _, _) => (y, x));

    // Every map is affine, so where (0,0), (1,0) and (0,1) go says all: a start and two steps in the target.
    private static Picture Moved(Picture picture, bool turned, Func<int, int, int, int, (int X, int Y)> map)
    {
        ArgumentNullException.ThrowIfNull(picture);
        int w = picture.Width, h = picture.Height, channels = picture.Channels;
        var result = turned
            ? picture.With(h, w, channels, new byte[picture.Pixels.Length])
            : picture.With(w, h, channels, new byte[picture.Pixels.Length]);
        var origin = At(0, 0);
        int right = At(1, 0) - origin, down = At(0, 1) - origin;
        var target = result.Pixels;
        for (var y = 0; y < h; y++)
        {
            var row = picture.Row(y);
            var to = origin + y * down;
            for (var i = 0; i < row.Length; i += channels, to += right)
            {
                for (var c = 0; c < channels; c++)
                    target[to + c] = row[i + c];
            }
        }
        return result;

        int At(int x, int y)
        {
            var (toX, toY) = map(x, y, w, h);
            return (toY * result.Width + toX) * channels;
        }
    }
}
