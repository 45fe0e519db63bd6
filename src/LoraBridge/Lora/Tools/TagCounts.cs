using System.Text.Json;

namespace LoraBridge.Lora.Tools;

/// <summary>The captions' tags that trainers count: <c>ss_tag_frequency</c>, or the same inside <c>ss_datasets</c>.</summary>
internal static class TagCounts
{
    /// <summary>Every folder's tags; nothing where the metadata has none or they are damaged.</summary>
    public static IEnumerable<(string Folder, string Tag, long Count)> Read(IReadOnlyDictionary<string, string> metadata)
    {
        if (Parse(metadata.GetValueOrDefault("ss_tag_frequency")) is { } frequencies) return OfFolders(frequencies);
        return Parse(metadata.GetValueOrDefault("ss_datasets")) is { ValueKind: JsonValueKind.Array } sets
            ? sets.EnumerateArray().Where(set => set.ValueKind == JsonValueKind.Object).SelectMany(set => set.TryGetProperty("tag_frequency", out var inner) ? OfFolders(inner) : [])
            : [];
    }

    /// <summary>Counts over all folders, the most frequent first, equal ones by name.</summary>
    public static IEnumerable<KeyValuePair<string, long>> Top(IReadOnlyDictionary<string, string> metadata, int count) => Read(metadata)
        .GroupBy(entry => entry.Tag, StringComparer.Ordinal)
        .Select(tag => KeyValuePair.Create(tag.Key, tag.Sum(entry => entry.Count)))
        .OrderByDescending(tag => tag.Value).ThenBy(tag => tag.Key, StringComparer.Ordinal)
        .Take(count);

    private static JsonElement? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;                                                        // other people's metadata is never a reason to stop
        }
    }

    private static IEnumerable<(string Folder, string Tag, long Count)> OfFolders(JsonElement folders)
    {
        if (folders.ValueKind != JsonValueKind.Object) yield break;
        foreach (var folder in folders.EnumerateObject())
        {
            if (folder.Value.ValueKind != JsonValueKind.Object) continue;
            foreach (var tag in folder.Value.EnumerateObject())
                if (tag.Value.ValueKind == JsonValueKind.Number && tag.Value.TryGetInt64(out var count)) yield return (folder.Name, tag.Name, count);
        }
    }
}
