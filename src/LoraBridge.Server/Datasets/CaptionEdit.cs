using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>One change of many captions, as a request says it.</summary>
internal sealed record CaptionEdit
{
    /// <summary><c>add</c>, <c>remove</c> or <c>replace</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The tags to add or remove, with commas between them, or what is replaced.</summary>
    public required string Text { get; init; }

    /// <summary>What takes its place; for <c>replace</c> alone.</summary>
    public string? Replacement { get; init; }

    /// <summary>Where tags are added: <c>front</c> or <c>back</c>, the default.</summary>
    public string Position { get; init; } = "back";

    /// <summary>What <c>remove</c> and <c>replace</c> look for: whole tags (<c>tag</c>, the default, in any case) or letters anywhere (<c>text</c>, in this case).</summary>
    public string Match { get; init; } = "tag";

    /// <summary>The pictures whose captions change; null for all.</summary>
    public IReadOnlyList<string>? Pictures { get; init; }

    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="RequestException">A field has a value that it cannot have.</exception>
    public void Check()
    {
        if (Action is not ("add" or "remove" or "replace")) throw RequestException.Invalid("action", $"'{UploadedFile.Shown(Action)}' is no action.", "Say add, remove or replace.");
        if (Position is not ("front" or "back")) throw RequestException.Invalid("position", $"'{UploadedFile.Shown(Position)}' is no position.", "Say front or back.");
        if (Match is not ("tag" or "text")) throw RequestException.Invalid("match", $"'{UploadedFile.Shown(Match)}' is nothing to look for.", "Say tag or text.");
        if (string.IsNullOrWhiteSpace(Match == "tag" ? Text.Replace(',', ' ') : Text)) throw RequestException.Invalid("text", "It says nothing.", "Give one tag or more.");
        if (Action == "replace" && Replacement is null) throw RequestException.Invalid("replacement", "It is missing.", "Say what takes the text's place; an empty text removes it.");
        if (Action == "replace" && Match == "tag" && Text.Contains(',', StringComparison.Ordinal)) throw RequestException.Invalid("text", "It is more than one tag.", "Give one tag, or set match to text.");
        foreach (var (field, value) in new[] { ("text", Text), ("replacement", Replacement ?? "") })
            if (value.Length > CaptionFile.MostBytes / 4 || value.Contains('\0', StringComparison.Ordinal)) throw RequestException.Invalid(field, "It is too long, or is no text.", "Give a shorter text.");
    }

    /// <summary>A caption after the change; the same text where nothing is to be changed.</summary>
    public string Apply(string caption) => (Action, Match) switch
    {
        ("add", _) => CaptionTags.With(caption, Text, Position == "front"),
        ("remove", "tag") => CaptionTags.Without(caption, Text),
        ("remove", _) => caption.Replace(Text, "", StringComparison.Ordinal).Trim(),
        (_, "tag") => CaptionTags.Replaced(caption, Text, Replacement!),
        _ => caption.Replace(Text, Replacement!, StringComparison.Ordinal).Trim(),
    };

    /// <summary>The change in words, for the list of what can be undone.</summary>
    public string Describe() => Action switch
    {
        "add" => $"Add '{Text}' at the {Position}",
        "remove" => $"Remove '{Text}'",
        _ => $"Replace '{Text}' by '{Replacement}'",
    };
}
