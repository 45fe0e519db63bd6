namespace LoraBridge.Training.Data;

/// <summary>Training data that cannot be used; says which file or folder, why, and what to do.</summary>
public sealed class DatasetException : Exception
{
    private const int MostNamed = 5;

    /// <summary>Builds the message from one or more findings.</summary>
    public DatasetException(IReadOnlyList<DatasetFinding> findings) : base(Describe(findings)) => Findings = findings;

    /// <summary>Builds the message of one problem.</summary>
    internal DatasetException(FindingKind kind, string path, string sentence, string cure, Exception? inner = null)
        : base($"{path}: {sentence} {cure}", inner) => Findings = [DatasetFinding.Error(kind, path, sentence, cure)];

    /// <summary>What is wrong, one or more.</summary>
    public IReadOnlyList<DatasetFinding> Findings { get; }

    private static string Describe(IReadOnlyList<DatasetFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var lines = findings.Take(MostNamed).Select(finding => $"{finding.Path}: {finding.Sentence} {finding.Cure}").ToList();
        if (findings.Count > MostNamed) lines.Add($"… and {findings.Count - MostNamed} more; the dataset doctor lists them all.");
        return string.Join('\n', lines);
    }
}
