using System.Globalization;

namespace LoraBridge.Training.Logging;

/// <summary>One axis of a chart: values to places, and the round values where its ticks stand.</summary>
internal sealed class ChartScale
{
    private readonly double _low, _high;
    private readonly double _start, _end;

    /// <summary>An axis from a value at one place to a value at another; a range of nothing is widened.</summary>
    public ChartScale(double low, double high, double start, double end)
    {
        if (!(high - low > Math.Abs(high) * 1e-9))
        {
            var half = Math.Max(Math.Abs(low) * 0.1, 1e-6);
            (low, high) = (low - half, low + half);
        }
        (_low, _high, _start, _end) = (low, high, start, end);
    }

    /// <summary>The place of a value; outside the axis for values outside the range.</summary>
    public double Place(double value) => _start + (value - _low) / (_high - _low) * (_end - _start);

    /// <summary>Values in the range that are 1, 2 or 5 times a power of ten apart, and their labels.</summary>
    /// <param name="most">How many at most, 2 or more.</param>
    /// <param name="least">The smallest distance: 1 for an axis of whole numbers.</param>
    public IReadOnlyList<(double Value, string Label)> Ticks(int most, double least = 0)
    {
        var step = Math.Max(RoundUp((_high - _low) / most), least);
        var digits = Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 12);
        var ticks = new List<(double, string)>();
        for (var i = Math.Ceiling(_low / step - 1e-9); i * step <= _high + step * 1e-9; i++)
            ticks.Add((i * step, Label(i * step, digits)));
        return ticks;
    }

    private static double RoundUp(double distance)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(distance)));
        foreach (var factor in new[] { 1.0, 2, 5 })
            if (distance <= factor * power * (1 + 1e-9)) return factor * power;
        return 10 * power;
    }

    private static string Label(double value, int digits) => Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.###", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.###", CultureInfo.InvariantCulture) + "k",
        _ => (value == 0 ? 0 : value).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
    };
}
