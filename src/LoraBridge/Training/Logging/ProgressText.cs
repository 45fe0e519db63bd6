using System.Globalization;

namespace LoraBridge.Training.Logging;

/// <summary>Progress in words: a line with a bar and figures that fits a terminal's width.</summary>
public static class ProgressText
{
    private const int LeastBar = 6, MostBar = 40;
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>A line of at most so many columns: bar, steps, loss, rate, pictures a second, time left, peak memory, epoch; what does not fit is left out from the right.</summary>
    /// <param name="done">The last step.</param>
    /// <param name="width">Columns, 80 or more for all but the epoch.</param>
    public static string Bar(TrainingStepDone done, int width)
    {
        ArgumentNullException.ThrowIfNull(done);
        return Bar("", done.Steps > 0 ? (double)done.Step / done.Steps : 0, Figures(done), width);
    }

    /// <summary>A line of at most so many columns: the stage, and a bar.</summary>
    /// <param name="stage">What is done before the steps.</param>
    /// <param name="width">Columns.</param>
    public static string Bar(TrainingStage stage, int width)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return Bar(stage.Name + " ", stage.Fraction, [], width);
    }

    /// <summary>A time as <c>1:05</c>, <c>2:03:04</c> or <c>3 d 4 h</c>.</summary>
    public static string Time(TimeSpan time)
    {
        if (time < TimeSpan.Zero) time = TimeSpan.Zero;
        if (time.TotalDays >= 1) return string.Create(CultureInfo.InvariantCulture, $"{time.Days} d {time.Hours} h");
        return time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>Bytes as <c>512 MB</c> or <c>7.9 GB</c>, in units of 1024.</summary>
    public static string Memory(long bytes) => bytes < 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GB");

    // What matters most comes first. Counts are padded, or the bar's length would change with their digits.
    private static IEnumerable<string> Figures(TrainingStepDone done)
    {
        var steps = Invariant($"{done.Steps}");
        yield return Invariant($"{done.Step}").PadLeft(steps.Length) + "/" + steps;
        yield return Invariant($"loss {done.SmoothedLoss:0.0000}");
        yield return Invariant($"lr {done.LearningRate:0.##e-0}");
        yield return Invariant($"{done.PicturesPerSecond:0.00} pictures/s");
        yield return $"{Time(done.Left)} left";
        yield return Memory(done.PeakMemory);
        yield return Invariant($"epoch {done.Epoch}/{done.Epochs}");
    }

    private static string Bar(string title, double fraction, IEnumerable<string> figures, int width)
    {
        fraction = double.IsFinite(fraction) ? Math.Clamp(fraction, 0, 1) : 0;
        var head = $"{title}{fraction.ToString("0%", CultureInfo.InvariantCulture),4} ";
        var room = width - head.Length - 2 - LeastBar;
        var tail = "";
        foreach (var figure in figures)
        {
            var longer = $"{tail} {figure}";
            if (longer.Length > room) break;
            tail = longer;
        }
        var bar = Math.Clamp(width - head.Length - 2 - tail.Length, 0, MostBar);
        var line = bar < LeastBar ? head.TrimEnd() : $"{head}|{Filled(fraction, bar)}|{tail}";
        return line.Length <= width ? line : line[..Math.Max(0, width)];
    }

    private static string Filled(double fraction, int cells)
    {
        var eighths = (int)(fraction * cells * 8);
        var full = new string('█', eighths / 8);
        return (eighths % 8 == 0 ? full : full + Eighths[eighths % 8]).PadRight(cells);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
