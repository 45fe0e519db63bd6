namespace LoraBridge.Imaging;

/// <summary>
/// Nearly a Gaussian by three running means each way, whose time does not grow with the radius (Gwosdek et al. 2011,
/// "Theoretical foundations of Gaussian convolution by extended box filtering"): the ends of a mean count for a fraction.
/// </summary>
internal static class BoxBlur
{
    private const int Passes = 3;

    /// <summary>Blurs samples in place.</summary>
    /// <param name="samples">(H, W, C).</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="channels">C.</param>
    /// <param name="sigma">Standard deviation in pixels.</param>
    public static void Apply(float[] samples, int width, int height, int channels, double sigma)
    {
        if (sigma <= 0) return;
        var radius = Radius(sigma);
        var buffer = new double[Math.Max(width, height)];
        for (var y = 0; y < height; y++)
            for (var c = 0; c < channels; c++) Line(samples, y * width * channels + c, channels, width, radius, buffer);
        for (var x = 0; x < width; x++)
            for (var c = 0; c < channels; c++) Line(samples, x * channels + c, width * channels, height, radius, buffer);
    }

    /// <summary>The half width of a mean, with its fraction, that has a third of the Gaussian's variance.</summary>
    internal static double Radius(double sigma)
    {
        var variance = sigma * sigma / Passes;
        var whole = Math.Floor((Math.Sqrt(12 * variance + 1) - 1) / 2);
        var fraction = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) / (6 * (variance - (whole + 1) * (whole + 1)));
        return whole + fraction;
    }

    private static void Line(float[] samples, int start, int step, int length, double radius, double[] buffer)
    {
        var whole = (int)radius;
        var fraction = radius - whole;
        var weight = 1 / (2 * radius + 1);
        for (var pass = 0; pass < Passes; pass++)
        {
            var sum = 0.0;
            for (var i = -whole; i <= whole; i++) sum += At(i);
            for (var i = 0; i < length; i++)
            {
                buffer[i] = weight * (sum + fraction * (At(i - whole - 1) + At(i + whole + 1)));
                sum += At(i + whole + 1) - At(i - whole);
            }
            for (var i = 0; i < length; i++) samples[start + i * step] = (float)buffer[i];
        }

        float At(int i) => samples[start + Math.Clamp(i, 0, length - 1) * step];
    }
}
