namespace LoraBridge.Diffusion.Text;

/// <summary>No source has CLIP's vocabulary, without which no text can be tokenized.</summary>
public sealed class VocabularyMissingException : Exception
{
    internal VocabularyMissingException(VocabularySearch search, IReadOnlyList<string> rejected) : base(Describe(search, rejected))
    {
        Search = search;
        Rejected = rejected;
    }

    /// <summary>Where it was looked for.</summary>
    public VocabularySearch Search { get; }

    /// <summary>The files that were found and are not CLIP's vocabulary, each with the reason.</summary>
    public IReadOnlyList<string> Rejected { get; }

    private static string Describe(VocabularySearch search, IReadOnlyList<string> rejected)
    {
        var places = new List<string>();
        if (!string.IsNullOrWhiteSpace(search.DataFolder)) places.Add($"'{VocabularySearch.DataFile(search.DataFolder)}'");
        if (!string.IsNullOrWhiteSpace(search.WebUiFolder)) places.Add($"the WebUI in '{search.WebUiFolder}'");
        places.AddRange(search.HubFolders.Select(hub => $"'{hub}'"));
        var looked = places.Count == 0 ? "" : $" Looked in {string.Join(", ", places)}.";
        var found = rejected.Count == 0 ? "" : $" Rejected: {string.Join(" ", rejected)}";
        return "CLIP's vocabulary is missing. Run './lorabridge setup' to fetch it, or name its file with '--vocabulary FILE' "
            + $"(or the variable {VocabularySearch.Variable}), or a WebUI that has it with '--webui-dir FOLDER'.{looked}{found}";
    }
}
