namespace LoraBridge.Imaging;

/// <summary>Brings a picture's colours back to those of another: histograms are matched in CIE L*a*b*, then the picture's own luminosity is put back.</summary>
public static class ColorMatch
{
    /// <summary>The picture in the colours of another.</summary>
    /// <param name="picture">The picture; its alpha is laid over white.</param>
    /// <param name="reference">The picture whose colours are wanted, of any size.</param>
    /// <returns>Three channels.</returns>
    public static Picture WithColorsOf(this Picture picture, Picture reference)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(reference);
        var own = picture.ToRgb();
        var (from, to) = (LabColor.FromRgb(own.Pixels), LabColor.FromRgb(reference.ToRgb().Pixels));
        for (var channel = 0; channel < 3; channel++)
        {
            var table = Match(Histogram(from, channel), Histogram(to, channel));
            for (var i = channel; i < from.Length; i += 3) from[i] = table[from[i]];
        }
        var pixels = LabColor.ToRgb(from);
        for (var i = 0; i < pixels.Length; i += 3) SetLuminosity(pixels.AsSpan(i, 3), own.Pixels.AsSpan(i, 3));
        return own.With(own.Width, own.Height, 3, pixels);
    }

    private static long[] Histogram(byte[] pixels, int channel)
    {
        var counts = new long[256];
        for (var i = channel; i < pixels.Length; i += 3) counts[pixels[i]]++;
        return counts;
    }

    /// <summary>For each value the one that as large a part of the reference lies below, interpolated between the values that occur there.</summary>
    internal static byte[] Match(long[] from, long[] to)
    {
        var (total, wanted) = (from.Sum(), to.Sum());
        var values = Enumerable.Range(0, 256).Where(value => to[value] > 0).ToArray();
        var quantiles = new double[values.Length];
        var below = 0L;
        for (var i = 0; i < values.Length; i++) quantiles[i] = (double)(below += to[values[i]]) / wanted;

        var table = new byte[256];
        below = 0;
        for (var value = 0; value < 256; value++)
        {
            below += from[value];
            table[value] = (byte)Interpolated((double)below / total, quantiles, values);
        }
        return table;
    }

    private static double Interpolated(double quantile, double[] quantiles, int[] values)
    {
        var next = Array.FindIndex(quantiles, other => other >= quantile);
        if (next <= 0) return next < 0 ? values[^1] : values[0];
        var share = (quantile - quantiles[next - 1]) / (quantiles[next] - quantiles[next - 1]);
        return values[next - 1] + share * (values[next] - values[next - 1]);
    }

    // W3C compositing, blend mode "luminosity": the colour is moved along grey, and drawn towards it where it leaves the cube
    private static void SetLuminosity(Span<byte> color, ReadOnlySpan<byte> from)
    {
        Span<double> moved = stackalloc double[3];
        var wanted = Luminosity(from[0], from[1], from[2]);
        var difference = wanted - Luminosity(color[0], color[1], color[2]);
        for (var c = 0; c < 3; c++) moved[c] = color[c] + difference;
        var (least, most) = (Math.Min(moved[0], Math.Min(moved[1], moved[2])), Math.Max(moved[0], Math.Max(moved[1], moved[2])));
        for (var c = 0; c < 3; c++)
        {
            if (least < 0) moved[c] = wanted + (moved[c] - wanted) * wanted / (wanted - least);
            if (most > 255) moved[c] = wanted + (moved[c] - wanted) * (255 - wanted) / (most - wanted);
            color[c] = (byte)Math.Clamp(Math.Round(moved[c]), 0, 255);
        }
    }

    private static double Luminosity(double r, double g, double b) => 0.3 * r + 0.59 * g + 0.11 * b;
}
