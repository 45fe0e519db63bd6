using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraBridge.Server.Tests.Metrics;

/// <summary>A reader of Prometheus' text format that takes nothing that the format does not allow; it shares nothing with the writer.</summary>
internal sealed partial class ExpositionFormat
{
    /// <summary>The samples by name and labels, such as <c>a_total{b="c"}</c>.</summary>
    public Dictionary<string, double> Samples { get; } = [];

    /// <summary>The kinds by the metrics' names.</summary>
    public Dictionary<string, string> Kinds { get; } = [];

    /// <summary>Reads a text.</summary>
    /// <exception cref="FormatException">It breaks a rule; the message says which.</exception>
    public static ExpositionFormat Read(string text)
    {
        var read = new ExpositionFormat();
        if (!text.EndsWith('\n')) throw new FormatException("The last line does not end.");
        string? family = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true }) continue;
            if (Type().Match(line) is { Success: true } type)
            {
                family = type.Groups[1].Value;
                if (!read.Kinds.TryAdd(family, type.Groups[2].Value)) throw new FormatException($"{family} has two kinds: its lines must stand together.");
                continue;
            }
            var sample = Sample().Match(line) is { Success: true } match ? match : throw new FormatException($"'{line}' is no line of the format.");
            var name = sample.Groups[1].Value;
            if (family is null || !Belongs(name, family, read.Kinds[family])) throw new FormatException($"{name} stands below {family}.");
            var labels = Label().Matches(sample.Groups[2].Value).Select(label => label.Groups[1].Value).ToList();
            if (labels.Count != labels.Distinct().Count()) throw new FormatException($"'{line}' has a label twice.");
            if (!read.Samples.TryAdd(name + sample.Groups[2].Value, Number(sample.Groups[3].Value))) throw new FormatException($"'{line}' stands twice.");
        }
        read.CheckHistograms();
        return read;
    }

    /// <summary>The sum of all samples of a name that hold a text.</summary>
    public double Sum(string name, string with = "") => Samples.Where(sample => sample.Key.Split('{')[0] == name && sample.Key.Contains(with, StringComparison.Ordinal)).Sum(sample => sample.Value);

    private static bool Belongs(string name, string family, string kind) =>
        kind == "histogram" ? name == family + "_bucket" || name == family + "_sum" || name == family + "_count" : name == family;

    private void CheckHistograms()
    {
        foreach (var family in Kinds.Where(kind => kind.Value == "histogram").Select(kind => kind.Key))
        {
            var series = Samples.Where(sample => sample.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal)).GroupBy(sample => Bound().Replace(sample.Key, "").Replace(",}", "}", StringComparison.Ordinal));
            foreach (var one in series)
            {
                var bounds = one.Select(sample => Number(Bound().Match(sample.Key).Groups[1].Value)).ToList();
                var counts = one.Select(sample => sample.Value).ToList();
                if (!bounds.SequenceEqual(bounds.Order()) || !counts.SequenceEqual(counts.Order())) throw new FormatException($"{one.Key} does not grow.");
                if (!double.IsPositiveInfinity(bounds[^1])) throw new FormatException($"{one.Key} has no last bucket.");
                var rest = one.Key.Replace("_bucket", "_count", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal);
                if (!Samples.TryGetValue(rest, out var count) || count != counts[^1]) throw new FormatException($"{rest} is not its last bucket.");
            }
        }
    }

    private static double Number(string text) => text switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, "NaN" => double.NaN, _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) };

    [GeneratedRegex(@"^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* (?:[^\\\n]|\\\\|\\n)*\z")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)\z")]
    private static partial Regex Type();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})? (\+Inf|-Inf|NaN|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)\z""")]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\\n]|\\\\|\\"|\\n)*",?""")]
    private static partial Regex Label();

    [GeneratedRegex("""le="([^"]*)",?""")]
    private static partial Regex Bound();
}
