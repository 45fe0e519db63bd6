using System.Globalization;
using LoraBridge.Imaging;
using LoraBridge.Imaging.Lettering;

namespace LoraBridge.Training.Logging;

/// <summary>How a loss chart looks.</summary>
public sealed record LossChartOptions
{
    /// <summary>Pixels in a row, 320 or more; default 960.</summary>
    public int Width { get; init; } = 960;

    /// <summary>Rows, 200 or more; default 540.</summary>
    public int Height { get; init; } = 540;

    /// <summary>What stands above the chart.</summary>
    public string Title { get; init; } = "Loss";
}

/// <summary>Draws a run's loss over its steps: each step's, their running mean, and that of validation with its best step marked.</summary>
public static class LossChart
{
    private const int Letter = 2, Margin = 16, TickLength = 5, RowHeight = 24, Sample = 22;

    private static readonly Rgb s_ink = new(40, 44, 52), s_faint = new(110, 116, 126), s_grid = new(230, 232, 236);
    private static readonly Rgb s_raw = new(150, 186, 232), s_smoothed = new(24, 88, 184), s_validation = new(214, 96, 20), s_fault = new(200, 30, 50);

    /// <summary>Draws the entries that have a loss; entries without a finite one are gaps.</summary>
    public static Picture Draw(IEnumerable<HistoryEntry> history, LossChartOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, 320, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Height, 200, nameof(options));
        var entries = history.ToList();
        var series = new Series(
            Points(entries, entry => entry.Loss),
            Points(entries, entry => entry.SmoothedLoss),
            Points(entries, entry => entry.Validation is { } figures && figures.TryGetValue(HistoryEntry.ValidationLoss, out var loss) ? loss : null),
            [.. entries.Where(entry => entry.Event?.Kind is HistoryEventKind.NotFinite or HistoryEventKind.RolledBack).Select(entry => entry.Step)]);

        var picture = new Picture(options.Width, options.Height, 3);
        picture.Fill(Rgb.White);
        var (low, high) = series.Range();
        // the labels' own width decides where the plot begins
        var legend = Legend(series, options.Width - Margin).ToList();
        var (top, bottom) = (Margin / 2 + (legend.Select(entry => entry.Row).DefaultIfEmpty(-1).Max() + 2) * RowHeight + 4, options.Height - Margin - 2 * PictureLabel.Height(Letter) - 12);
        var ys = new ChartScale(low, high, bottom, top);
        var yTicks = ys.Ticks(Math.Max(2, (bottom - top) / 60));
        var left = Margin + yTicks.Max(tick => PictureLabel.Width(tick.Label, Letter)) + TickLength + 6;
        var right = options.Width - Margin - 8;
        var (first, last) = series.Steps();
        var xs = new ChartScale(first, last, left, right);

        var canvas = new ChartCanvas(picture, (left, top, right + 8, bottom));         // the last dot is whole
        DrawAxes(canvas, xs.Ticks(Math.Max(2, (right - left) / 110), least: 1), xs, yTicks, ys, (left, top, right, bottom));
        DrawSeries(canvas, series, xs, ys, top, bottom);
        PictureLabel.Write(picture, PictureLabel.Fit(options.Title, options.Width - 2 * Margin, Letter), Margin, Margin / 2, Letter, s_ink);
        foreach (var entry in legend) DrawEntry(canvas, entry);
        if (series.IsEmpty) Centered(picture, "no steps yet", (left + right) / 2, (top + bottom) / 2 - 7);
        return picture;
    }

    private static List<(double X, double Y)> Points(List<HistoryEntry> entries, Func<HistoryEntry, double?> value) =>
        [.. entries.Select(entry => (X: (double)entry.Step, Y: value(entry))).Where(point => point.Y is { } y && double.IsFinite(y)).Select(point => (point.X, point.Y!.Value))];

    private static void DrawAxes(
        ChartCanvas canvas, IReadOnlyList<(double Value, string Label)> xTicks, ChartScale xs,
        IReadOnlyList<(double Value, string Label)> yTicks, ChartScale ys, (int Left, int Top, int Right, int Bottom) plot)
    {
        foreach (var (value, label) in yTicks)
        {
            var y = (int)Math.Round(ys.Place(value));
            canvas.Fill(plot.Left, y, plot.Right - plot.Left, 1, s_grid);
            canvas.Fill(plot.Left - TickLength, y, TickLength, 1, s_faint);
            PictureLabel.Write(canvas.Picture, label, plot.Left - TickLength - 4 - PictureLabel.Width(label, Letter), y - PictureLabel.Height(Letter) / 2, Letter, s_faint);
        }
        foreach (var (value, label) in xTicks)
        {
            var x = (int)Math.Round(xs.Place(value));
            canvas.Fill(x, plot.Top, 1, plot.Bottom - plot.Top, s_grid);
            canvas.Fill(x, plot.Bottom, 1, TickLength, s_faint);
            Centered(canvas.Picture, label, x, plot.Bottom + TickLength + 4);
        }
        canvas.Fill(plot.Left, plot.Top, 1, plot.Bottom - plot.Top + 1, s_faint);
        canvas.Fill(plot.Left, plot.Bottom, plot.Right - plot.Left, 1, s_faint);
        Centered(canvas.Picture, "step", (plot.Left + plot.Right) / 2, plot.Bottom + TickLength + PictureLabel.Height(Letter) + 10);
    }

    private static void DrawSeries(ChartCanvas canvas, Series series, ChartScale xs, ChartScale ys, int top, int bottom)
    {
        foreach (var step in series.Faults) canvas.Line([(xs.Place(step), top), (xs.Place(step), bottom)], 1.5, s_fault, 0.7);
        canvas.Line(Placed(series.Raw), 1.2, s_raw, 0.8);
        canvas.Line(Placed(series.Smoothed), 2.6, s_smoothed);
        if (series.Validation.Count == 0) return;
        var validation = Placed(series.Validation);
        canvas.Line(validation, 2, s_validation);
        // dots that touch hide the line
        if (validation.Count <= 60) canvas.Dots(validation, 7, s_validation);
        var best = series.Best;
        (double, double)[] place = [(xs.Place(best.X), ys.Place(best.Y))];
        canvas.Dots(place, 14, s_validation);
        canvas.Dots(place, 9, Rgb.White);
        canvas.Dots(place, 5, s_validation);

        List<(double, double)> Placed(List<(double X, double Y)> points) => points.ConvertAll(point => (xs.Place(point.X), ys.Place(point.Y)));
    }

    // entries side by side, in as many rows as they need
    private static IEnumerable<LegendEntry> Legend(Series series, int right)
    {
        var entries = new List<(string Text, Rgb Color, int Thick)>();
        if (series.Raw.Count > 0) entries.Add(("each step", s_raw, 2));
        if (series.Smoothed.Count > 0) entries.Add(("smoothed", s_smoothed, 3));
        if (series.Validation.Count > 0)
            entries.Add((string.Create(CultureInfo.InvariantCulture, $"validation, best {series.Best.Y:0.####} at step {series.Best.X:0}"), s_validation, 3));
        if (series.Faults.Count > 0) entries.Add(("fault", s_fault, 2));
        var (x, row) = (Margin, 0);
        foreach (var (text, color, thick) in entries)
        {
            var width = Sample + 6 + PictureLabel.Width(text, Letter);
            if (x > Margin && x + width > right) (x, row) = (Margin, row + 1);
            yield return new(text, color, thick, x, row);
            x += width + 24;
        }
    }

    private static void DrawEntry(ChartCanvas canvas, LegendEntry entry)
    {
        var top = Margin / 2 + (entry.Row + 1) * RowHeight;
        canvas.Fill(entry.Left, top + (PictureLabel.Height(Letter) - entry.Thick) / 2, Sample, entry.Thick, entry.Color);
        PictureLabel.Write(canvas.Picture, entry.Text, entry.Left + Sample + 6, top, Letter, s_ink);
    }

    private static void Centered(Picture picture, string text, int middle, int top) =>
        PictureLabel.Write(picture, text, Math.Clamp(middle - PictureLabel.Width(text, Letter) / 2, 0, Math.Max(0, picture.Width - PictureLabel.Width(text, Letter))), top, Letter, s_faint);

    private sealed record LegendEntry(string Text, Rgb Color, int Thick, int Left, int Row);

    private sealed record Series(List<(double X, double Y)> Raw, List<(double X, double Y)> Smoothed, List<(double X, double Y)> Validation, List<long> Faults)
    {
        public bool IsEmpty => Raw.Count + Smoothed.Count + Validation.Count == 0;

        public (double X, double Y) Best => Validation.MinBy(point => point.Y);

        public (double First, double Last) Steps()
        {
            var steps = Raw.Concat(Smoothed).Concat(Validation).Select(point => point.X).Concat(Faults.Select(step => (double)step)).ToList();
            return steps.Count == 0 ? (0, 100) : (Math.Min(steps.Min(), 1) == 1 ? 0 : steps.Min(), steps.Max());
        }

        // The raw loss jumps: its outermost hundredths may leave the chart, the other lines may not.
        public (double Low, double High) Range()
        {
            if (IsEmpty) return (0, 1);
            var raw = Raw.ConvertAll(point => point.Y);
            raw.Sort();
            var shown = raw.Skip(raw.Count / 100).Take(raw.Count - 2 * (raw.Count / 100)).Concat(Smoothed.Concat(Validation).Select(point => point.Y)).ToList();
            var (low, high) = (shown.Min(), shown.Max());
            var air = (high - low) * 0.05;
            return (low >= 0 ? Math.Max(0, low - air) : low - air, high + air);
        }
    }
}
