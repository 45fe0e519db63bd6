namespace LoraBridge.Imaging;

/// <summary>Masks: grey pictures, white where something is to happen.</summary>
public static class PictureMask
{
    /// <summary>The mask that a picture means: its alpha where any of it is transparent, else its luma.</summary>
    /// <param name="picture">Any picture.</param>
    /// <param name="round">Whether alpha above 128 is white and the rest black.</param>
    public static Picture ToMaskPicture(this Picture picture, bool round = true)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (!picture.IsTransparent()) return picture.ToRgb().ToGrey();
        var alpha = picture.Alpha();
        return round ? alpha.Mapped(value => value > 128 ? (byte)255 : (byte)0) : alpha;
    }

    /// <summary>Black for white and white for black.</summary>
    public static Picture Inverted(this Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return picture.Mapped(value => (byte)(255 - value));
    }

    /// <summary>Every sample changed by a function of its value.</summary>
    internal static Picture Mapped(this Picture picture, Func<byte, byte> map)
    {
        byte[] table = [.. Enumerable.Range(0, 256).Select(value => map((byte)value))];
        return picture.With(picture.Width, picture.Height, picture.Channels, Array.ConvertAll(picture.Pixels, value => table[value]));
    }

    /// <summary>One picture where the mask is white and another where it is black.</summary>
    /// <param name="mask">A grey picture.</param>
    /// <param name="white">A picture of the same size.</param>
    /// <param name="black">A picture of the same size and as many channels.</param>
    public static Picture Choose(Picture mask, Picture white, Picture black)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(white);
        ArgumentNullException.ThrowIfNull(black);
        if (mask.Channels != 1 || white.Channels != black.Channels || !IsAsLarge(white, mask) || !IsAsLarge(black, mask))
            throw new ArgumentException($"A grey mask of {mask.Width}x{mask.Height} chooses between pictures of that size, not of {white.Width}x{white.Height} and {black.Width}x{black.Height}.", nameof(mask));
        var n = white.Channels;
        var pixels = new byte[white.Pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            int weight = mask.Pixels[i / n];
            pixels[i] = (byte)((white.Pixels[i] * weight + black.Pixels[i] * (255 - weight) + 127) / 255);
        }
        return white.With(white.Width, white.Height, n, pixels);
    }

    /// <summary>Two pictures of one size and as many channels mixed.</summary>
    /// <param name="one">Seen where the amount is 0.</param>
    /// <param name="other">Seen where the amount is 1.</param>
    /// <param name="amount">0 to 1.</param>
    public static Picture Mix(Picture one, Picture other, double amount)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.Channels != other.Channels || !IsAsLarge(one, other))
            throw new ArgumentException($"Pictures of {one.Width}x{one.Height} and {other.Width}x{other.Height} cannot be mixed.", nameof(other));
        var pixels = new byte[one.Pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(one.Pixels[i] + amount * (other.Pixels[i] - one.Pixels[i]) + 0.5, 0, 255);
        return one.With(one.Width, one.Height, one.Channels, pixels);
    }

    private static bool IsAsLarge(Picture picture, Picture other) => picture.Width == other.Width && picture.Height == other.Height;
}
