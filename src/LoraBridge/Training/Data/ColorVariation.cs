using LoraBridge.Imaging;

namespace LoraBridge.Training.Data;

/// <summary>Changes a picture's colours a little: at a third of the visits, either the hue by up to 16 degrees or the gamma by up to 5 per cent.</summary>
internal static class ColorVariation
{
    private const double Probability = 0.33;

    /// <summary>The peer's 8 of OpenCV's 180 steps.</summary>
    private const double MostDegrees = 16;
    private const double LeastGamma = 0.95, MostGamma = 1.05;

    public static Picture Apply(Picture picture, ulong seed)
    {
        var random = new RandomSequence(seed);
        if (!random.Chance(Probability)) return picture;
        return random.Chance(0.5) ? TurnHue(picture, random.NextDouble(-MostDegrees, MostDegrees)) : ChangeGamma(picture, random.NextDouble(LeastGamma, MostGamma));
    }

    internal static Picture ChangeGamma(Picture picture, double gamma)
    {
        var table = new byte[256];
        for (var i = 0; i < table.Length; i++) table[i] = (byte)Math.Round(255 * Math.Pow(i / 255.0, gamma));
        return new(picture.Width, picture.Height, picture.Channels, Array.ConvertAll(picture.Pixels, value => table[value]));
    }

    /// <summary>Turns the hue of an RGB picture; greatest and least channel of each pixel, and so grey, stay as they are.</summary>
    internal static Picture TurnHue(Picture picture, double degrees)
    {
        var pixels = new byte[picture.Pixels.Length];
        var turn = degrees / 60 + 6;
        for (var i = 0; i < pixels.Length; i += 3)
        {
            int r = picture.Pixels[i], g = picture.Pixels[i + 1], b = picture.Pixels[i + 2];
            int most = Math.Max(r, Math.Max(g, b)), range = most - Math.Min(r, Math.Min(g, b));
            if (range == 0)
            {
                pixels[i] = pixels[i + 1] = pixels[i + 2] = (byte)most;
                continue;
            }
            var hue = most == r ? (double)(g - b) / range : most == g ? (double)(b - r) / range + 2 : (double)(r - g) / range + 4;
            hue += turn;
            // a channel is full within one sixth of its own hue (0, 2, 4) and empty from two sixths on
            for (var c = 0; c < 3; c++)
            {
                var distance = Math.Abs((hue - 2 * c + 9) % 6 - 3);
                pixels[i + c] = (byte)Math.Round(most - range * Math.Clamp(distance - 1, 0, 1));
            }
        }
        return new(picture.Width, picture.Height, 3, pixels);
    }
}
