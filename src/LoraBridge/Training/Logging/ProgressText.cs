using System.Globalization;

namespace LoraBridge.Training.Logging;

/// <summary>Progress in words: a bar that fits a terminal's width, or a line for a file.</summary>
public static class ProgressText
{
    private const int LeastBar = 8, MostBar = 40;
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>A line of at most so many columns with a bar; figures that do not fit are left out from the right.</summary>
    /// <param name="progress">How far it is.</param>
    /// <param name="width">Columns of the terminal, 20 or more make sense.</param>
    public static string Bar(TrainingProgress progress, int width)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var head = $"{Title(progress)} {progress.Fraction.ToString("0%", CultureInfo.InvariantCulture),4} ";
        var room = width - head.Length - 2 - LeastBar;
        var tail = "";
        foreach (var figure in Figures(progress, Invariant($"{progress.Total}").Length))
        {
            var longer = tail.Length == 0 ? $" {figure}" : $"{tail}  {figure}";
            if (longer.Length > room) break;
            tail = longer;
        }
        var bar = Math.Clamp(width - head.Length - 2 - tail.Length, 0, MostBar);
        var line = bar < LeastBar ? head.TrimEnd() : $"{head}|{Filled(progress.Fraction, bar)}|{tail}";
        return line.Length <= width ? line : line[..Math.Max(0, width)];
    }

    /// <summary>A line with every figure that is known, for logs and where there is no terminal.</summary>
    public static string Line(TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return $"{Title(progress)}: {string.Join(", ", Figures(progress).Prepend(progress.Fraction.ToString("0%", CultureInfo.InvariantCulture)))}";
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

    private static string Title(TrainingProgress progress) => progress is { Phase: TrainingPhase.Training, Epochs: > 0 }
        ? string.Create(CultureInfo.InvariantCulture, $"epoch {Math.Min(progress.Epoch + 1, progress.Epochs)}/{progress.Epochs}")
        : progress.Phase switch
        {
            TrainingPhase.Loading => "loading",
            TrainingPhase.Caching => "caching",
            TrainingPhase.Validating => "validating",
            TrainingPhase.Sampling => "sampling",
            TrainingPhase.Saving => "saving",
            _ => "training",
        };

    // What matters most comes first. Counts are padded where a bar stands before them, or its length would change with their digits.
    private static IEnumerable<string> Figures(TrainingProgress progress, int countWidth = 0)
    {
        if (progress.Total > 0) yield return Invariant($"{progress.Done}").PadLeft(countWidth) + Invariant($"/{progress.Total}");
        if (progress.Loss is { } loss) yield return Invariant($"loss {loss:0.0000}");
        if (progress.Left is { } left) yield return $"{Time(left)} left";
        if (progress.SecondsPerStep is > 0 and var seconds) yield return seconds >= 1 ? Invariant($"{seconds:0.00} s/it") : Invariant($"{1 / seconds:0.00} it/s");
        if (progress.PicturesPerSecond is { } pictures) yield return Invariant($"{pictures:0.00} pictures/s");
        if (progress.PeakMemory is { } memory) yield return $"peak {Memory(memory)}";
        if (progress.LearningRate is { } rate) yield return Invariant($"lr {rate:0.###e-0}");
        if (progress.Elapsed > TimeSpan.Zero) yield return $"{Time(progress.Elapsed)} gone";
    }

    private static string Filled(double fraction, int cells)
    {
        var eighths = (int)(fraction * cells * 8);
        var full = new string('█', eighths / 8);
        return (eighths % 8 == 0 ? full : full + Eighths[eighths % 8]).PadRight(cells);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
