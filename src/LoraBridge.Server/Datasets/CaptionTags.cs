namespace LoraBridge.Server.Datasets;

/// <summary>A caption as tags with commas between them; each line of it is a caption of its own, as wildcards have it.</summary>
internal static class CaptionTags
{
    /// <summary>The tags of a caption, each once, in its order.</summary>
    public static IReadOnlyList<string> Of(string caption) => [.. caption.Split('\n').SelectMany(Split).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The caption with more tags; those that a line has stay where they are.</summary>
    public static string With(string caption, string tags, bool atFront) => Lines(caption, line =>
    {
        var has = Split(line);
        var missing = Split(tags).Except(has, StringComparer.OrdinalIgnoreCase).ToList();
        return missing.Count == 0 ? line : Join(atFront ? [.. missing, .. has] : [.. has, .. missing]);
    });

    /// <summary>The caption without some tags.</summary>
    public static string Without(string caption, string tags)
    {
        var gone = Split(tags);
        return Lines(caption, line => Split(line) is var has && has.Exists(tag => Has(gone, tag)) ? Join(has.Where(tag => !Has(gone, tag))) : line);
    }

    /// <summary>The caption with one tag in another's place; where it has that other already, the first of them stays.</summary>
    public static string Replaced(string caption, string tag, string replacement) => Lines(caption, line =>
    {
        var has = Split(line);
        return has.Contains(tag.Trim(), StringComparer.OrdinalIgnoreCase)
            ? Join(has.SelectMany(one => one.Equals(tag.Trim(), StringComparison.OrdinalIgnoreCase) ? Split(replacement) : [one]).Distinct(StringComparer.OrdinalIgnoreCase))
            : line;
    });

    private static string Lines(string caption, Func<string, string> change) =>
        caption.Contains('\n', StringComparison.Ordinal) ? string.Join('\n', caption.Split('\n').Select(line => line.Trim().Length == 0 ? line : change(line))) : change(caption);

    private static bool Has(List<string> tags, string tag) => tags.Contains(tag, StringComparer.OrdinalIgnoreCase);

    private static List<string> Split(string line) => [.. line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private static string Join(IEnumerable<string> tags) => string.Join(", ", tags);
}
