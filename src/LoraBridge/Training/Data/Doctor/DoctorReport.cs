using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>What the dataset doctor found.</summary>
/// <param name="Pictures">Usable pictures.</param>
/// <param name="Findings">What is wrong, the worst first.</param>
public sealed record DoctorReport(int Pictures, IReadOnlyList<DatasetFinding> Findings)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether training may begin: nothing is an error.</summary>
    public bool CanStart => Findings.All(finding => finding.Severity != FindingSeverity.Error);

    /// <summary>How many findings have a severity.</summary>
    public int Count(FindingSeverity severity) => Findings.Count(finding => finding.Severity == severity);

    /// <summary>A sentence and its cure for each warning, of a kind at most so many and then how many more there are: what a run says at its beginning.</summary>
    public IEnumerable<string> Warnings(int mostOfAKind = 5)
    {
        foreach (var group in Findings.Where(finding => finding.Severity == FindingSeverity.Warning).GroupBy(finding => finding.Kind))
        {
            foreach (var finding in group.Take(mostOfAKind))
                yield return $"{(finding.Path.Length > 0 ? finding.Path + ": " : "")}{finding.Sentence} {finding.Cure}";
            if (group.Count() is var count && count > mostOfAKind)
                yield return $"{count - mostOfAKind} more pictures or files: {Spaced(group.Key)}; train --dry-run lists them all.";
        }
    }

    /// <summary>The report for people: a summary, then every finding with its cure.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append($"{Pictures} pictures, {Count(FindingSeverity.Error)} errors, {Count(FindingSeverity.Warning)} warnings, {Count(FindingSeverity.Information)} notes.\n");
        foreach (var group in Findings.GroupBy(finding => (finding.Severity, finding.Kind)))
        {
            text.Append($"\n{Word(group.Key.Severity)}: {Spaced(group.Key.Kind)} ({group.Count()})\n");
            // what is the same for many files is said once
            foreach (var same in group.GroupBy(finding => (finding.Sentence, finding.Cure)))
            {
                foreach (var finding in same.Where(finding => finding.Path.Length > 0)) text.Append($"  {finding.Path}\n");
                text.Append($"    {same.Key.Sentence}\n    -> {same.Key.Cure}\n");
            }
        }
        return text.ToString();
    }

    /// <summary>The report for programs: an object with the pictures' number, <c>canStart</c> and the list of findings.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    private static string Word(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Error => "Error",
        FindingSeverity.Warning => "Warning",
        _ => "Note",
    };

    // NearDuplicate -> near duplicate
    private static string Spaced(FindingKind kind) => string.Concat($"{kind}".Select((c, i) => char.IsUpper(c) && i > 0 ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
