using System.Globalization;
using System.Text;

namespace LoraBridge.Server.Metrics;

/// <summary>Writes what was measured in Prometheus' text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes all of it, metric by metric in the order of their names.</summary>
    public static string Write(IEnumerable<Measured> all)
    {
        var text = new StringBuilder();
        foreach (var measured in all.OrderBy(measured => measured.Name, StringComparer.Ordinal))
        {
            if (measured.Series.Count == 0) continue;
            text.Append("# HELP ").Append(measured.Name).Append(' ').Append(Escaped(measured.Help, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(measured.Name).Append(' ').Append(measured.Kind.ToString().ToLowerInvariant()).Append('\n');
            foreach (var (labels, series) in measured.Series)
            {
                if (measured.Kind == MetricKind.Histogram) Histogram(text, measured.Name, labels, series);
                else Sample(text, measured.Name, labels, series.Value);
            }
        }
        return text.ToString();
    }

    /// <summary>A metric's name: dots become lines, and the unit and what it counts stand at its end.</summary>
    public static string NameOf(string name, string? unit, MetricKind kind)
    {
        var plain = Plain(name);
        var ending = unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!plain.EndsWith(ending, StringComparison.Ordinal)) plain += ending;
        return kind == MetricKind.Counter ? plain + "_total" : plain;
    }

    /// <summary>A name with only the signs that names may have.</summary>
    public static string Plain(string name)
    {
        var plain = string.Concat(name.Select(sign => char.IsAsciiLetterOrDigit(sign) ? sign : '_'));
        return plain.Length == 0 || char.IsAsciiDigit(plain[0]) ? "_" + plain : plain;
    }

    /// <summary>A text with its backslashes and ends of lines, and quotes where it stands in some, escaped.</summary>
    public static string Escaped(string text, bool quotes)
    {
        var escaped = text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static void Histogram(StringBuilder text, string name, string labels, Series series)
    {
        var before = labels.Length > 0 ? labels + "," : "";
        foreach (var (bound, count) in series.Buckets()) Sample(text, name + "_bucket", $"{before}le=\"{Number(bound)}\"", count);
        Sample(text, name + "_sum", labels, series.Value);
        Sample(text, name + "_count", labels, series.Count);
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);
}
