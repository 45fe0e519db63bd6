namespace LoraBridge.Training.Settings.Reading;

/// <summary>A line of a source; line 0 is the source as a whole.</summary>
internal readonly record struct SourcePlace(OriginKind Kind, string Source, int Line)
{
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}

/// <summary>A value as a source has it, before anybody knows what it is for.</summary>
internal abstract record RawValue(SourcePlace Place);

/// <summary>A text, number, truth value or nothing; the text is kept as written, for <c>no</c> may be a name.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Text">The text; null where the source says that there is nothing.</param>
/// <param name="IsQuoted">Whether the source says that it is text.</param>
internal sealed record RawScalar(SourcePlace Place, string? Text, bool IsQuoted) : RawValue(Place)
{
    /// <summary>Whether it stands for nothing: null, ~, None, none, or an empty text.</summary>
    public bool IsNothing => Text is null or "" || (!IsQuoted && Text is "~" or "null" or "Null" or "NULL" or "None" or "none");
}

/// <summary>Several values.</summary>
internal sealed record RawList(SourcePlace Place, IReadOnlyList<RawValue> Items) : RawValue(Place);

/// <summary>Keys and their values, in the order of the source and with doubled keys.</summary>
internal sealed record RawMap(SourcePlace Place, IReadOnlyList<RawEntry> Entries) : RawValue(Place);

/// <summary>A key and its value.</summary>
internal sealed record RawEntry(string Key, SourcePlace Place, RawValue Value);
