namespace LoraBridge.Training.Data;

/// <summary>All places that captions of a data set come from; files of captions are read once, whichever folders share them.</summary>
internal sealed class CaptionSources(List<DatasetFinding> findings)
{
    private const int MostNamed = 5;
    private static readonly string[] s_endings = [".txt", ".caption"];

    private readonly Dictionary<string, MetadataTable?> _tables = new(StringComparer.Ordinal);

    /// <summary>The endings of caption files, in the order in which they are looked for.</summary>
    public static IReadOnlyList<string> Endings(DatasetOptions dataset) => dataset.CaptionExtension is { } ending ? [ending.StartsWith('.') ? ending : "." + ending] : s_endings;

    public FolderCaptions Open(TrainingFolder folder) => new(folder, Table(folder), findings);

    /// <summary>Reports caption files that belong to no picture, and pictures that share one.</summary>
    public void Close(TrainingFolder folder, List<string> pictures, FolderCaptions captions)
    {
        var stems = pictures.ToLookup(path => Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path)), StringComparer.Ordinal);
        foreach (var group in stems.Where(group => group.Count() > 1))
        {
            findings.Add(DatasetFinding.Warning(FindingKind.AmbiguousName, group.First(), $"{group.Count()} pictures differ in their ending only and share a caption: {string.Join(", ", group.Select(Path.GetFileName))}.", "Rename one, or delete what is a copy.")
                with
            { Others = [.. group.Skip(1)] });
        }
        if (pictures.Count == 0) return;
        foreach (var file in PictureSearch.WithEnding(folder.Path, folder.Options, Endings(folder.Options)))
        {
            var stem = Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file));
            if (!stems.Contains(stem) && !captions.IsMetadata(file))
                findings.Add(DatasetFinding.Warning(FindingKind.CaptionWithoutPicture, file, "No picture belongs to this caption.", "Give it the picture's name, or delete it."));
        }
    }

    /// <summary>Reports rows of files of captions that name no picture of the data set, or several.</summary>
    public void ReportUnused()
    {
        foreach (var table in _tables.Values)
        {
            if (table is null) continue;
            Report(FindingKind.AmbiguousName, table.Path, table.Shared.ToList(), "rows go to several pictures of the same name", "Write each picture's path below the folder into the file.");
            Report(FindingKind.MetadataWithoutPicture, table.Path, table.Unused.ToList(), "rows name pictures that are not there", "Correct the names in the file, or add the pictures.");
        }
    }

    private void Report(FindingKind kind, string path, List<string> rows, string what, string cure)
    {
        if (rows.Count == 0) return;
        var named = string.Join(", ", rows.Take(MostNamed)) + (rows.Count > MostNamed ? ", …" : "");
        findings.Add(DatasetFinding.Warning(kind, path, $"{rows.Count} {what}: {named}.", cure) with { Others = rows });
    }

    private MetadataTable? Table(TrainingFolder folder)
    {
        var root = Path.GetFullPath(folder.Options.Folder);
        if (folder.Options.MetadataFile is { } named)
        {
            var path = PictureSearch.Resolve(folder.Options, named);
            if (File.Exists(path)) return Read(path);
            if (_tables.TryAdd(path, null))
                findings.Add(DatasetFinding.Error(FindingKind.MissingFolder, path, "The file of captions does not exist.", "Correct MetadataFile; a relative path begins at the data set's folder or where the program runs."));
            return null;
        }
        var found = new[] { folder.Path, root }.Distinct().SelectMany(place => MetadataFile.Names.Select(name => Path.Combine(place, name))).FirstOrDefault(File.Exists);
        return found is null ? null : Read(found);
    }

    private MetadataTable? Read(string path)
    {
        if (_tables.TryGetValue(path, out var known)) return known;
        try
        {
            return _tables[path] = new(path);
        }
        catch (DatasetException e)
        {
            findings.AddRange(e.Findings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Add(DatasetFinding.Error(FindingKind.BrokenMetadata, path, $"It cannot be read: {e.Message}", "Check its rights, and that no other program holds it."));
        }
        return _tables[path] = null;
    }
}

/// <summary>The captions of one folder's pictures.</summary>
internal sealed class FolderCaptions(TrainingFolder folder, MetadataTable? table, List<DatasetFinding> findings)
{
    private readonly IReadOnlyList<string> _endings = CaptionSources.Endings(folder.Options);

    public bool IsMetadata(string path) => path == table?.Path;

    /// <summary>A picture's caption: from the file of captions, from beside it, or what its folder says.</summary>
    public (string Caption, CaptionOrigin Origin) Of(string picture)
    {
        if (table?.Caption(folder.Path, picture) is { } row) return (row, CaptionOrigin.Metadata);
        if (_endings.Select(ending => Path.ChangeExtension(picture, ending)).FirstOrDefault(File.Exists) is { } file && Read(file) is { } text)
            return (text.ReplaceLineEndings("\n").Trim(), CaptionOrigin.File);
        if (folder.ClassTokens is { } tokens) return (tokens, CaptionOrigin.ClassTokens);
        if (folder.Options.FallbackCaption is { } fallback) return (fallback, CaptionOrigin.Fallback);
        return ("", string.IsNullOrEmpty(folder.Captions.TriggerWord) ? CaptionOrigin.None : CaptionOrigin.Fallback);
    }

    private string? Read(string file)
    {
        try
        {
            var read = CaptionText.Read(file);
            if (!read.IsUtf8)
                findings.Add(DatasetFinding.Warning(FindingKind.CaptionEncoding, file, $"It is not UTF-8 and was read as {read.Encoding}.", "Check how it reads, and save it as UTF-8."));
            return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? MetadataFile.ReadOne(read.Text, file) : read.Text;
        }
        catch (DatasetException e)
        {
            findings.AddRange(e.Findings);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Add(DatasetFinding.Error(FindingKind.MissingCaption, file, $"The caption cannot be read: {e.Message}", "Check its rights, and that no other program holds it."));
            return null;
        }
    }
}
