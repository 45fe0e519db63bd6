namespace LoraBridge.Imaging;

/// <summary>Blurs masks by a Gaussian.</summary>
public static class PictureBlur
{
    /// <summary>The picture blurred, each axis by itself: a kernel of 2 · int(2.5 σ + 0.5) + 1 pixels, mirrored at the edges without repeating them.</summary>
    /// <param name="picture">Any picture; channels are blurred independently.</param>
    /// <param name="sigmaX">Standard deviation from side to side in pixels; 0 leaves the rows.</param>
    /// <param name="sigmaY">Standard deviation up and down in pixels; 0 leaves the columns.</param>
    public static Picture Blurred(this Picture picture, double sigmaX, double sigmaY)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfNegative(sigmaX);
        ArgumentOutOfRangeException.ThrowIfNegative(sigmaY);
        var pixels = picture.Pixels;
        var n = picture.Channels;
        if (sigmaX > 0) pixels = Along(pixels, Kernel(sigmaX), picture.Width, n, picture.Height, picture.Stride, n);
        if (sigmaY > 0) pixels = Along(pixels, Kernel(sigmaY), picture.Height, picture.Stride, picture.Width, n, n);
        return ReferenceEquals(pixels, picture.Pixels) ? picture : picture.With(picture.Width, picture.Height, n, pixels);
    }

    private static double[] Kernel(double sigma)
    {
        var reach = (int)(2.5 * sigma + 0.5);
        var weights = Enumerable.Range(-reach, 2 * reach + 1).Select(x => Math.Exp(-x * x / (2 * sigma * sigma))).ToArray();
        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    /// <summary>Blurs lines of <paramref name="length"/> samples that lie <paramref name="step"/> bytes apart.</summary>
    private static byte[] Along(byte[] pixels, double[] kernel, int length, int step, int lines, int lineStep, int channels)
    {
        var result = new byte[pixels.Length];
        var reach = kernel.Length / 2;
        var places = Enumerable.Range(-reach, length + 2 * reach).Select(i => Mirrored(i, length) * step).ToArray();
        for (var line = 0; line < lines; line++)
            for (var channel = 0; channel < channels; channel++)
            {
                var start = line * lineStep + channel;
                for (var i = 0; i < length; i++)
                {
                    var sum = 0.0;
                    for (var k = 0; k < kernel.Length; k++) sum += kernel[k] * pixels[start + places[i + k]];
                    result[start + i * step] = (byte)Math.Clamp(Math.Round(sum, MidpointRounding.ToEven), 0, 255);
                }
            }
        return result;
    }

    private static int Mirrored(int i, int length)
    {
        if (length == 1) return 0;
        var period = 2 * (length - 1);
        i = ((i % period) + period) % period;
        return i < length ? i : period - i;
    }
}
