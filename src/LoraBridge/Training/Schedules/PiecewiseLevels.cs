using System.Globalization;

namespace LoraBridge.Training.Schedules;

/// <summary>Levels of the learning rate: <c>1:100,0.1:200,0.01</c> is 1 before step 100, 0.1 before step 200, then 0.01.</summary>
internal sealed class PiecewiseLevels
{
    private readonly List<(int Before, double Factor)> _levels = [];
    private readonly double _last;

    /// <summary>Reads the levels.</summary>
    /// <exception cref="ArgumentException">They cannot be read, or their steps do not rise.</exception>
    public PiecewiseLevels(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        foreach (var part in parts[..^1])
        {
            var pair = part.Split(':', StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || !TryRead(pair[0], out var factor) || !int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out var before))
                throw Wrong(text, $"'{part}' is not factor:step");
            if (_levels.Count > 0 && before <= _levels[^1].Before) throw Wrong(text, $"step {before} comes after {_levels[^1].Before}");
            _levels.Add((before, factor));
        }
        if (!TryRead(parts[^1], out _last)) throw Wrong(text, $"it ends in '{parts[^1]}' instead of the last factor");
    }

    /// <summary>The factor after so many steps are done.</summary>
    public double At(int step)
    {
        foreach (var (before, factor) in _levels)
            if (step < before) return factor;
        return _last;
    }

    private static bool TryRead(string text, out double factor) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out factor) && double.IsFinite(factor) && factor >= 0;

    private static ArgumentException Wrong(string text, string why) =>
        new($"The levels '{text}' of the piecewise constant schedule cannot be read: {why}. Write them as 1:100,0.1:200,0.01.");
}
