using System.Numerics;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>
/// Two 64-bit fingerprints of how a picture looks, hardly changed by scaling, compression and small changes of light. One compares neighbours
/// of a tiny copy, the other the lowest frequencies with their median; together they mistake few pictures for one another.
/// </summary>
/// <param name="Gradient">Bit for bit, whether a cell of 9x8 is darker than its right neighbour.</param>
/// <param name="Frequency">Bit for bit, whether one of the 64 lowest cosine frequencies of 32x32 cells is above their median.</param>
public readonly record struct PerceptualHash(ulong Gradient, ulong Frequency)
{
    private const int Side = 8, Cells = 32;

    private static readonly double[] s_cosines = Cosines();

    /// <summary>The fingerprints of a picture.</summary>
    public static PerceptualHash Of(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var grey = picture.ToGrey();
        return new(GradientOf(grey.Resized(Side + 1, Side, ResizeFilter.Box)), FrequencyOf(grey.Resized(Cells, Cells, ResizeFilter.Box)));
    }

    /// <summary>The greater number of different bits of the two fingerprints, 0 to 64.</summary>
    public int Distance(PerceptualHash other) =>
        Math.Max(BitOperations.PopCount(Gradient ^ other.Gradient), BitOperations.PopCount(Frequency ^ other.Frequency));

    private static ulong GradientOf(Picture cells)
    {
        var hash = 0UL;
        for (var y = 0; y < Side; y++)
        {
            var row = cells.Row(y);
            for (var x = 0; x < Side; x++) hash = hash << 1 | (row[x] < row[x + 1] ? 1UL : 0);
        }
        return hash;
    }

    private static ulong FrequencyOf(Picture cells)
    {
        var along = new double[Cells * Side];
        for (var y = 0; y < Cells; y++)
        {
            var row = cells.Row(y);
            for (var u = 0; u < Side; u++)
            {
                var sum = 0.0;
                for (var x = 0; x < Cells; x++) sum += row[x] * s_cosines[u * Cells + x];
                along[y * Side + u] = sum;
            }
        }
        var values = new double[Side * Side];
        for (var v = 0; v < Side; v++)
        {
            for (var u = 0; u < Side; u++)
            {
                for (var y = 0; y < Cells; y++) values[v * Side + u] += along[y * Side + u] * s_cosines[v * Cells + y];
            }
        }
        // the first value is the mean brightness, which says nothing of the picture
        values[0] = 0;
        var median = Median(values);
        var hash = 0UL;
        foreach (var value in values) hash = hash << 1 | (value > median ? 1UL : 0);
        return hash;
    }

    private static double Median(double[] values)
    {
        var sorted = values.AsSpan().ToArray();
        Array.Sort(sorted);
        return (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double[] Cosines()
    {
        var cosines = new double[Side * Cells];
        for (var u = 0; u < Side; u++)
        {
            for (var x = 0; x < Cells; x++) cosines[u * Cells + x] = Math.Cos((2 * x + 1) * u * Math.PI / (2 * Cells));
        }
        return cosines;
    }
}
