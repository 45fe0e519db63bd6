using System.Diagnostics.Metrics;

namespace LoraBridge.Server.Metrics;

/// <summary>The kinds of metrics that Prometheus knows and we have.</summary>
internal enum MetricKind
{
    /// <summary>It only grows.</summary>
    Counter,

    /// <summary>It is what it is now.</summary>
    Gauge,

    /// <summary>It counts values by size.</summary>
    Histogram,
}

/// <summary>One instrument, with all that was measured by it.</summary>
internal sealed class Measured
{
    /// <summary>More sets of labels than this are a mistake, and would only fill the memory.</summary>
    private const int MostSeries = 2000;

    private static readonly double[] s_usualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
    private static readonly string[] s_left = ["url.scheme", "network.protocol.name", "network.protocol.version"];

    private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<double>? _bounds;
    private readonly bool _isSum;

    public Measured(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Histogram<>) ? MetricKind.Histogram : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter : MetricKind.Gauge;
        _isSum = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        _bounds = Kind == MetricKind.Histogram ? (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? s_usualBounds : null;
        IsObserved = instrument.IsObservable;
        Name = PrometheusText.NameOf(instrument.Name, instrument.Unit, Kind);
        Help = instrument.Description ?? "";
    }

    /// <summary>Its name as Prometheus has it.</summary>
    public string Name { get; }

    /// <summary>What it is, in a sentence.</summary>
    public string Help { get; }

    /// <summary>Its kind.</summary>
    public MetricKind Kind { get; }

    /// <summary>Whether it is asked for its values when somebody looks.</summary>
    public bool IsObserved { get; }

    /// <summary>What was measured, by labels as Prometheus has them.</summary>
    public IReadOnlyDictionary<string, Series> Series => _series;

    /// <summary>Forgets; before it is asked anew.</summary>
    public void Clear() => _series.Clear();

    /// <summary>Takes a value.</summary>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= MostSeries) return;
            _series[labels] = series = new(_bounds);
        }
        if (Kind == MetricKind.Histogram) series.Record(value);
        else if (_isSum) series.Add(value);
        else series.Set(value);
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags)
            if (value is not null && !s_left.Contains(name)) labels[PrometheusText.Plain(name)] = PrometheusText.Escaped($"{value}", quotes: true);
        return string.Join(',', labels.Select(label => $"{label.Key}=\"{label.Value}\""));
    }
}
