using LoraBridge.Imaging;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>
/// How much fine detail a picture has: the variance of its Laplacian by the variance of its brightness, on a copy whose long side is 512 pixels.
/// Contrast cancels out, and pictures of any size compare. Blur over s pixels lets it fall about as 1 / s to the fourth.
/// </summary>
internal static class Sharpness
{
    private const int Side = 512;

    /// <summary>Pictures of one colour have no detail to judge.</summary>
    private const double LeastVariance = 1;

    /// <returns>The measure, 0 or more; null for a picture of one colour or of less than 3 pixels a side.</returns>
    public static double? Of(Picture grey)
    {
        var longest = Math.Max(grey.Width, grey.Height);
        if (longest > Side)
            grey = grey.Resized(Math.Max(1, grey.Width * Side / longest), Math.Max(1, grey.Height * Side / longest), ResizeFilter.Box);
        if (grey.Width < 3 || grey.Height < 3) return null;

        var (edges, light) = (new Moments(), new Moments());
        for (var y = 1; y < grey.Height - 1; y++)
        {
            ReadOnlySpan<byte> above = grey.Row(y - 1), row = grey.Row(y), below = grey.Row(y + 1);
            for (var x = 1; x < row.Length - 1; x++)
            {
                edges.Add(above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x]);
                light.Add(row[x]);
            }
        }
        return light.Variance < LeastVariance ? null : edges.Variance / light.Variance;
    }

    private struct Moments
    {
        private long _count, _sum, _squares;

        public readonly double Variance => (double)_squares / _count - Math.Pow((double)_sum / _count, 2);

        public void Add(int value)
        {
            _count++;
            _sum += value;
            _squares += (long)value * value;
        }
    }
}
