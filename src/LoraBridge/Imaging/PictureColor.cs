namespace LoraBridge.Imaging;

/// <summary>Changes a picture's channels. Methods return a new picture, or the same one where nothing changes.</summary>
public static class PictureColor
{
    /// <summary>Three channels: grey repeated, alpha laid over <paramref name="background"/> (default white).</summary>
    public static Picture ToRgb(this Picture picture, Rgb? background = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels == 3)
            return picture;
        var source = picture.Pixels;
        var pixels = new byte[picture.Width * picture.Height * 3];
        if (picture.Channels == 1)
        {
            for (int i = 0, o = 0; i < source.Length; i++, o += 3)
                pixels[o] = pixels[o + 1] = pixels[o + 2] = source[i];
        }
        else
        {
            var under = background ?? Rgb.White;
            for (int i = 0, o = 0; i < source.Length; i += 4, o += 3)
            {
                int alpha = source[i + 3];
                pixels[o] = Over(source[i], under.R, alpha);
                pixels[o + 1] = Over(source[i + 1], under.G, alpha);
                pixels[o + 2] = Over(source[i + 2], under.B, alpha);
            }
        }
        return picture.With(picture.Width, picture.Height, 3, pixels);
    }

    /// <summary>Four channels, opaque where there was no alpha.</summary>
    public static Picture ToRgba(this Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels == 4)
            return picture;
        var source = picture.Pixels;
        var pixels = new byte[picture.Width * picture.Height * 4];
        var step = picture.Channels;
        for (int i = 0, o = 0; i < source.Length; i += step, o += 4)
        {
            pixels[o] = source[i];
            pixels[o + 1] = source[i + step / 2];
            pixels[o + 2] = source[i + step - 1];
            pixels[o + 3] = 255;
        }
        return picture.With(picture.Width, picture.Height, 4, pixels);
    }

    /// <summary>One channel: luma by ITU-R 601, alpha laid over <paramref name="background"/> (default white).</summary>
    public static Picture ToGrey(this Picture picture, Rgb? background = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels == 1)
            return picture;
        var source = picture.ToRgb(background).Pixels;
        var pixels = new byte[picture.Width * picture.Height];
        for (int i = 0, o = 0; o < pixels.Length; i += 3, o++)
            pixels[o] = new Rgb(source[i], source[i + 1], source[i + 2]).Luma();
        return picture.With(picture.Width, picture.Height, 1, pixels);
    }

    /// <summary>The alpha channel as a grey picture; all 255 where the picture has none.</summary>
    public static Picture Alpha(this Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var pixels = new byte[picture.Width * picture.Height];
        if (picture.Channels == 4)
        {
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = picture.Pixels[4 * i + 3];
        }
        else
        {
            pixels.AsSpan().Fill(255);
        }
        return picture.With(picture.Width, picture.Height, 1, pixels);
    }

    /// <summary>Whether any pixel is less than opaque.</summary>
    public static bool IsTransparent(this Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels != 4)
            return false;
        for (var i = 3; i < picture.Pixels.Length; i += 4)
        {
            if (picture.Pixels[i] != 255)
                return true;
        }
        return false;
    }

    // 16-bit weights of 0.299, 0.587 and 0.114, rounded: what Pillow uses
    internal static byte Luma(this Rgb color) => (byte)((color.R * 19595 + color.G * 38470 + color.B * 7471 + 0x8000) >> 16);

    private static byte Over(int color, int under, int alpha) => (byte)((color * alpha + under * (255 - alpha) + 127) / 255);
}
