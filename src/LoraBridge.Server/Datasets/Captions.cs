using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>A picture's caption.</summary>
/// <param name="Name">The picture.</param>
/// <param name="Caption">The text; null where no file is beside the picture.</param>
/// <param name="Tags">What stands between its commas.</param>
/// <param name="Tokens">Its length in CLIP's tokens; null without the vocabulary.</param>
/// <param name="Chunks">How many times 75 tokens it fills; null without the vocabulary.</param>
internal sealed record CaptionReport(string Name, string? Caption, IReadOnlyList<string> Tags, int? Tokens, int? Chunks);

/// <summary>How many captions have a tag.</summary>
internal sealed record TagReport(string Tag, int Count);

/// <summary>Reads and changes the captions of a data set; every change can be undone.</summary>
internal sealed class Captions(TokenCounter tokens, TimeProvider time)
{
    private static readonly string[] s_tables = ["metadata.csv", "metadata.jsonl", "metadata.json"];

    public CaptionReport Read(string name, string picture)
    {
        var caption = CaptionFile.Read(picture);
        var count = tokens.Count(caption ?? "");
        return new(name, caption, CaptionTags.Of(caption ?? ""), count, count is { } n ? Math.Max(1, (n + 74) / 75) : null);
    }

    /// <summary>All tags and how many pictures have them, the most frequent first.</summary>
    public static IReadOnlyList<TagReport> Tags(Dataset dataset)
    {
        var counts = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (_, path) in dataset.Pictures())
            foreach (var tag in CaptionTags.Of(CaptionFile.Read(path) ?? "")) counts[tag] = counts.GetValueOrDefault(tag) + 1;
        return [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => new TagReport(pair.Key, pair.Value))];
    }

    /// <summary>Gives one picture another caption.</summary>
    public EditReport Set(Dataset dataset, string name, string caption)
    {
        var text = caption.ReplaceLineEndings("\n").Trim();
        if (System.Text.Encoding.UTF8.GetByteCount(text) > CaptionFile.MostBytes) throw RequestException.Invalid("caption", $"It has more than {CaptionFile.MostBytes:N0} bytes.", "Shorten it.");
        if (text.Contains('\0', StringComparison.Ordinal)) throw RequestException.Invalid("caption", "It holds a NUL.", "Send text.");
        return Change(dataset, $"Caption {name}", [name], (_, _) => text, evenEmpty: true).Report;
    }

    /// <summary>Changes many captions at once.</summary>
    public EditReport Edit(Dataset dataset, CaptionEdit edit)
    {
        edit.Check();
        return Change(dataset, edit.Describe(), edit.Pictures, (_, caption) => edit.Apply(caption)).Report;
    }

    /// <summary>Makes captions of names and templates. What is described in the same words was done before, by a process that was killed, and is not done twice.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="description">What the list of what can be undone calls it, which must name this one labelling.</param>
    /// <param name="request">How.</param>
    /// <param name="progress">Told how many pictures are looked at; it may throw to give up, and then nothing has changed.</param>
    public (EditReport Report, IReadOnlyList<CaptionChange> Changes) Label(Dataset dataset, string description, LabelRequest request, Action<int> progress)
    {
        lock (dataset.Gate)
        {
            var journal = new CaptionJournal(dataset);
            if (journal.Undoable.FirstOrDefault(entry => entry.Description == description) is { } done) return (new(description, done.Changes.Count, [], true, false), done.Changes);
            var looked = 0;
            return Change(dataset, description, request.Pictures, (name, caption) =>
            {
                progress(looked++);
                return CaptionLabels.Apply(new(name, dataset.Record.Name), caption, request);
            });
        }
    }

    /// <summary>Sets captions to what a version had.</summary>
    public EditReport Restore(Dataset dataset, string description, IReadOnlyDictionary<string, string?> captions)
    {
        lock (dataset.Gate)
        {
            var changes = dataset.Pictures().Where(picture => captions.ContainsKey(picture.Name))
                .Select(picture => new CaptionChange(picture.Name, CaptionFile.ReadOwn(picture.Path), captions[picture.Name])).Where(change => change.Before != change.After);
            return new CaptionJournal(dataset).Do(description, [.. changes], time.GetUtcNow());
        }
    }

    private (EditReport Report, IReadOnlyList<CaptionChange> Changes) Change(Dataset dataset, string description, IReadOnlyList<string>? names, Func<string, string, string> change, bool evenEmpty = false)
    {
        lock (dataset.Gate)
        {
            // a training takes the table's captions, so that other files would be changed for nothing
            if (s_tables.Select(table => Path.Combine(dataset.Folder, table)).FirstOrDefault(File.Exists) is { } table)
                throw RequestException.Conflict("dataset", $"Its captions are in {Path.GetFileName(table)}.", "Edit that file, or take it out of the folder to use files beside the pictures.");
            var pictures = dataset.Pictures();
            if (names is not null) pictures = Chosen(pictures, names);
            var changes = new List<CaptionChange>();
            foreach (var (name, path) in pictures)
            {
                var (before, own) = (CaptionFile.Read(path), CaptionFile.ReadOwn(path));
                var after = change(name, before ?? "");
                // what says the same is left as it is, to the byte
                if (after != (before ?? "") || (before is null && evenEmpty)) changes.Add(new(name, own, after));
            }
            return (new CaptionJournal(dataset).Do(description, changes, time.GetUtcNow()), changes);
        }
    }

    private static List<(string Name, string Path)> Chosen(IReadOnlyList<(string Name, string Path)> pictures, IReadOnlyList<string> names)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var chosen = pictures.Where(picture => wanted.Remove(picture.Name)).ToList();
        return wanted.Count == 0 ? chosen
            : throw RequestException.Invalid("pictures", $"The data set has no picture '{UploadedFile.Shown(wanted.First())}'.", "Take names from the list of its pictures.");
    }
}
