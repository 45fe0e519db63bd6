using System.Text.RegularExpressions;

namespace LoraBridge.Server.Datasets;

/// <summary>Makes captions of names and templates, and tidies their tags up.</summary>
internal static partial class CaptionLabels
{
    /// <summary>A picture's caption after it was labelled; a caption of several lines gets the words in each.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="before">The caption that it has; empty for none.</param>
    /// <param name="request">How.</param>
    public static string Apply(LabelledPicture picture, string before, LabelRequest request)
    {
        var isThere = before.Trim().Length > 0;
        if (isThere && request.Existing == "keep") return before;
        var words = Tags(LabelSource.All[request.From].Words(picture, request));
        if (!isThere || request.Existing == "ignore") return Tidy(words, request);
        return string.Join('\n', before.Split('\n').Where(line => line.Trim().Length > 0)
            .Select(line => Tidy(request.Existing == "append" ? [.. Tags(line), .. words] : [.. words, .. Tags(line)], request)));
    }

    private static string Tidy(IEnumerable<string> tags, LabelRequest request)
    {
        if (request.Underscores) tags = tags.Select(tag => Underscore().Replace(tag, " ").Trim());
        if (request.LowerCase) tags = tags.Select(tag => tag.ToLowerInvariant());
        var unwanted = request.Blacklist.SelectMany(Tags).Select(Plain).ToHashSet(StringComparer.OrdinalIgnoreCase);
        tags = tags.Where(tag => tag.Length > 0 && !unwanted.Contains(Plain(tag)));
        if (request.Duplicates) tags = tags.DistinctBy(Plain, StringComparer.OrdinalIgnoreCase);
        var tidy = tags.ToList();
        if (request.TriggerFirst && request.Trigger?.Trim() is { Length: > 0 } trigger) PutFirst(tidy, trigger);
        return string.Join(", ", tidy);
    }

    /// <summary>A sentence that names the trigger already is left as it is.</summary>
    private static void PutFirst(List<string> tags, string trigger)
    {
        var removed = tags.RemoveAll(tag => tag.Equals(trigger, StringComparison.OrdinalIgnoreCase));
        if (removed == 0 && tags.Exists(tag => Regex.IsMatch(tag, $@"(?<!\w){Regex.Escape(trigger)}(?!\w)", RegexOptions.IgnoreCase))) return;
        tags.Insert(0, trigger);
    }

    /// <summary>By which tags are the same: "red_hair" is "red hair".</summary>
    private static string Plain(string tag) => Underscore().Replace(tag, " ").Trim();

    private static IEnumerable<string> Tags(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // between words alone: ^_^ is a tag of its own
    [GeneratedRegex(@"(?<=[\p{L}\p{N})\]])_+(?=[\p{L}\p{N}(\[])")]
    private static partial Regex Underscore();
}
