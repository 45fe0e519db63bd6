using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>How captions are made for pictures without a model that looks at them.</summary>
internal sealed record LabelRequest
{
    private const int MostTags = 1000;

    /// <summary>The data set's id.</summary>
    public required string Dataset { get; init; }

    /// <summary>Where the words come from: <c>fileName</c>, <c>folderName</c> or <c>template</c>.</summary>
    public string From { get; init; } = "fileName";

    /// <summary>The text for the source <c>template</c>; {trigger}, {file} and {folder} in it stand for the trigger word and the picture's and its folder's name.</summary>
    public string? Template { get; init; }

    /// <summary>The word that shall call what is learned; null for none.</summary>
    public string? Trigger { get; init; }

    /// <summary>What becomes of captions that are there: <c>keep</c> leaves such pictures alone, <c>ignore</c> replaces, <c>append</c> and <c>prepend</c> put the new words after or before.</summary>
    public string Existing { get; init; } = "keep";

    /// <summary>Whether underscores between words become spaces.</summary>
    public bool Underscores { get; init; } = true;

    /// <summary>Whether numbers at the end of files' names are left out, as of "cat (2)" and "cat_001".</summary>
    public bool TrimNumbers { get; init; } = true;

    /// <summary>Whether each tag stays once.</summary>
    public bool Duplicates { get; init; } = true;

    /// <summary>Tags that no caption shall have.</summary>
    public IReadOnlyList<string> Blacklist { get; init; } = [];

    /// <summary>Whether the trigger word goes to the front of captions, also of those that lack it.</summary>
    public bool TriggerFirst { get; init; } = true;

    /// <summary>Whether all becomes lower case.</summary>
    public bool LowerCase { get; init; }

    /// <summary>The pictures; null for all.</summary>
    public IReadOnlyList<string>? Pictures { get; init; }

    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="RequestException">A field has a value that it cannot have.</exception>
    public void Check()
    {
        if (!LabelSource.All.ContainsKey(From)) throw RequestException.Invalid("from", $"'{UploadedFile.Shown(From)}' is no source of captions.", $"Say {string.Join(", ", LabelSource.All.Keys)}.");
        if (Existing is not ("keep" or "ignore" or "append" or "prepend")) throw RequestException.Invalid("existing", $"'{UploadedFile.Shown(Existing)}' is nothing to do with captions.", "Say keep, ignore, append or prepend.");
        if (From == "template" && string.IsNullOrWhiteSpace(Template)) throw RequestException.Invalid("template", "It is missing.", "Give the text of the captions, such as \"a photo of {trigger}\".");
        if (Template?.Contains("{trigger}", StringComparison.Ordinal) == true && string.IsNullOrWhiteSpace(Trigger)) throw RequestException.Invalid("trigger", "The template names it, and it is empty.", "Give the trigger word.");
        foreach (var (field, value) in new[] { ("template", Template ?? ""), ("trigger", Trigger ?? "") }.Concat(Blacklist.Select(tag => ("blacklist", tag))))
            if (value.Length > 2000 || value.Any(char.IsControl)) throw RequestException.Invalid(field, "It is too long, or holds control characters.", "Give a short text in one line.");
        if (Blacklist.Count > MostTags) throw RequestException.Invalid("blacklist", $"It has more than {MostTags} tags.", "Shorten it.");
    }
}
