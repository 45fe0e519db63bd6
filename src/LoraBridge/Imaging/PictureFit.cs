namespace LoraBridge.Imaging;

/// <summary>Brings pictures to a size of another shape, by the WebUI's rules and roundings.</summary>
public static class PictureFit
{
    /// <summary>The picture at a size; <see cref="PictureResizeMode.Latent"/> does to pixels what <see cref="PictureResizeMode.Stretch"/> does.</summary>
    public static Picture Fitted(this Picture picture, int width, int height, PictureResizeMode mode, ResizeFilter filter = ResizeFilter.Lanczos)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return mode switch
        {
            PictureResizeMode.Crop => Covering(picture, width, height, filter),
            PictureResizeMode.Fill => Inside(picture, width, height, filter),
            _ => picture.Resized(width, height, filter),
        };
    }

    /// <summary>Copies a picture into another of as many channels; what would lie outside is left out.</summary>
    /// <param name="picture">What is copied.</param>
    /// <param name="ground">What it is copied into, changed in place.</param>
    /// <param name="x">Where its left column goes; may be negative.</param>
    /// <param name="y">Where its top row goes; may be negative.</param>
    internal static void PasteOnto(this Picture picture, Picture ground, int x, int y)
    {
        if (picture.Channels != ground.Channels)
            throw new ArgumentException($"A picture of {picture.Channels} channels cannot be pasted into one of {ground.Channels}.", nameof(ground));
        var (first, last) = (Math.Max(0, -x), Math.Min(picture.Width, ground.Width - x));
        if (last <= first) return;
        for (var row = Math.Max(0, -y); row < Math.Min(picture.Height, ground.Height - y); row++)
            picture.Row(row)[(first * picture.Channels)..(last * picture.Channels)].CopyTo(ground.Row(y + row)[((x + first) * picture.Channels)..]);
    }

    private static Picture Covering(Picture picture, int width, int height, ResizeFilter filter)
    {
        var isWider = IsWider(width, height, picture);
        var scaled = picture.Resized(isWider ? width : Across(picture, height), isWider ? Down(picture, width) : height, filter);
        return Centred(scaled, width, height);
    }

    private static Picture Inside(Picture picture, int width, int height, ResizeFilter filter)
    {
        var isNarrower = IsNarrower(width, height, picture);
        var scaled = picture.Resized(isNarrower ? width : Across(picture, height), isNarrower ? Down(picture, width) : height, filter);
        var result = Centred(scaled, width, height);
        if (isNarrower) SmearRows(result, height / 2 - scaled.Height / 2, scaled.Height);
        else SmearColumns(result, width / 2 - scaled.Width / 2, scaled.Width);
        return result;
    }

    private static bool IsWider(int width, int height, Picture picture) => (long)width * picture.Height > (long)height * picture.Width;

    private static bool IsNarrower(int width, int height, Picture picture) => (long)width * picture.Height < (long)height * picture.Width;

    private static int Across(Picture picture, int height) => Math.Max(1, (int)((long)picture.Width * height / picture.Height));

    private static int Down(Picture picture, int width) => Math.Max(1, (int)((long)picture.Height * width / picture.Width));

    private static Picture Centred(Picture picture, int width, int height)
    {
        var result = picture.With(width, height, picture.Channels, new Picture(width, height, picture.Channels).Pixels);
        picture.PasteOnto(result, width / 2 - picture.Width / 2, height / 2 - picture.Height / 2);
        return result;
    }

    private static void SmearRows(Picture picture, int first, int count)
    {
        for (var y = 0; y < first; y++) picture.Row(first).CopyTo(picture.Row(y));
        for (var y = first + count; y < picture.Height; y++) picture.Row(first + count - 1).CopyTo(picture.Row(y));
    }

    private static void SmearColumns(Picture picture, int first, int count)
    {
        var (n, last) = (picture.Channels, first + count - 1);
        for (var y = 0; y < picture.Height; y++)
        {
            var row = picture.Row(y);
            for (var x = 0; x < first; x++) row.Slice(first * n, n).CopyTo(row[(x * n)..]);
            for (var x = last + 1; x < picture.Width; x++) row.Slice(last * n, n).CopyTo(row[(x * n)..]);
        }
    }
}
