namespace LoraBridge.Server.Datasets;

/// <summary>What became of one file of an upload.</summary>
/// <param name="Name">Its name as it was sent.</param>
/// <param name="Outcome"><c>taken</c>, <c>caption</c>, <c>duplicate</c> or <c>refused</c>.</param>
internal sealed record UploadedFile(string Name, string Outcome)
{
    /// <summary>The picture's name in the data set, of a caption that of its picture; null where nothing was kept.</summary>
    public string? SavedAs { get; init; }

    /// <summary>The picture that is the same to the byte.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>Why it was refused, a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>What to do about it, a sentence.</summary>
    public string? Cure { get; init; }

    public static UploadedFile Refused(string name, string reason, string cure) => new(Shown(name), "refused") { Reason = reason, Cure = cure };

    /// <summary>A client's text as it may be repeated.</summary>
    public static string Shown(string name) => name.Length > 250 ? name[..250] + "…" : name;
}

/// <summary>What became of an upload.</summary>
/// <param name="Taken">Pictures that are in the data set now.</param>
/// <param name="Captions">Captions that are.</param>
/// <param name="Duplicates">Pictures that were there before.</param>
/// <param name="Refused">Files that were not taken.</param>
/// <param name="Files">Every file, in the order in which it came.</param>
internal sealed record UploadReport(int Taken, int Captions, int Duplicates, int Refused, IReadOnlyList<UploadedFile> Files)
{
    public static UploadReport Of(IReadOnlyList<UploadedFile> files) =>
        new(Count(files, "taken"), Count(files, "caption"), Count(files, "duplicate"), Count(files, "refused"), files);

    private static int Count(IReadOnlyList<UploadedFile> files, string outcome) => files.Count(file => file.Outcome == outcome);
}
