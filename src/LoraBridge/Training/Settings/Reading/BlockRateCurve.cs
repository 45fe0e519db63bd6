using System.Globalization;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Named curves of learning-rate factors over blocks, such as <c>sine+0.25</c>.</summary>
internal static class BlockRateCurve
{
    /// <summary>Expands a curve's name, with what is added to every factor after a plus; false for other text.</summary>
    public static bool TryExpand(string text, int count, out IReadOnlyList<double> rates)
    {
        rates = [];
        var parts = text.Trim().Split('+', 2);
        var basis = 0.0;
        if (parts.Length == 2 && !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out basis)) return false;
        Func<double, double>? curve = parts[0].Trim().ToLowerInvariant() switch
        {
            "sine" => x => Math.Sin(Math.PI / 2 * x),
            "cosine" => x => Math.Cos(Math.PI / 2 * x),
            "linear" => x => x,
            "reverse_linear" => x => 1 - x,
            "zeros" => _ => 0,
            _ => null,
        };
        if (curve is null) return false;
        rates = [.. Enumerable.Range(0, count).Select(i => Math.Round(curve((double)i / (count - 1)) + basis, 12))];
        return true;
    }
}
