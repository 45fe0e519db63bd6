using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

/// <summary>Pictures for tests.</summary>
internal static class TestPictures
{
    public static Picture Noise(int width, int height, int channels = 3, int seed = 1)
    {
        var pixels = new byte[width * height * channels];
        new Random(seed).NextBytes(pixels);
        return new(width, height, channels, pixels);
    }

    /// <summary>Colours that change slowly.</summary>
    public static Picture Smooth(int width, int height, double turn = 0)
    {
        var picture = new Picture(width, height, 3);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < 3; c++)
                    picture.Row(y)[3 * x + c] = (byte)(127 + 100 * Math.Sin(turn + 2 * c + 3.0 * x / width + 4.0 * y / height));
        return picture;
    }

    /// <summary>A black mask with a white rectangle.</summary>
    public static Picture Mask(int width, int height, PictureRegion white)
    {
        var mask = new Picture(width, height, 1);
        for (var y = white.Top; y < white.Bottom; y++) mask.Row(y)[white.Left..white.Right].Fill(255);
        return mask;
    }
}
