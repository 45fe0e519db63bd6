using System.Text.Json;

namespace LoraBridge.Lora.Catalog;

/// <summary>The most frequent tags of the captions an adapter was trained on, from its metadata.</summary>
internal static class TagFrequency
{
    /// <summary>How many tags the index keeps; the metadata has the others.</summary>
    public const int Kept = 20;

    /// <summary>
    /// Adds the folders of <c>ss_tag_frequency</c> together, or those of every data set in <c>ss_datasets</c>; the most frequent first,
    /// equals in the order of the file. Text that is no JSON of that form has no tags.
    /// </summary>
    public static IReadOnlyList<TagCount> Of(IReadOnlyDictionary<string, string> metadata)
    {
        var counts = new OrderedDictionary<string, long>(StringComparer.Ordinal);
        if (metadata.TryGetValue("ss_tag_frequency", out var frequency)) Read(frequency, root => AddFolders(root, counts));
        if (counts.Count == 0 && metadata.TryGetValue("ss_datasets", out var datasets)) Read(datasets, root => AddDatasets(root, counts));
        return [.. counts.OrderByDescending(pair => pair.Value).Take(Kept).Select(pair => new TagCount(pair.Key, pair.Value))];
    }

    private static void Read(string json, Action<JsonElement> add)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            add(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)  // the latter: half of a surrogate pair
        {
            // metadata is free text: it is shown as it is
        }
    }

    private static void AddDatasets(JsonElement datasets, OrderedDictionary<string, long> counts)
    {
        if (datasets.ValueKind != JsonValueKind.Array) return;
        foreach (var dataset in datasets.EnumerateArray())
            if (dataset.ValueKind == JsonValueKind.Object && dataset.TryGetProperty("tag_frequency", out var folders))
                AddFolders(folders, counts);
    }

    private static void AddFolders(JsonElement folders, OrderedDictionary<string, long> counts)
    {
        if (folders.ValueKind != JsonValueKind.Object) return;
        foreach (var folder in folders.EnumerateObject().Where(folder => folder.Value.ValueKind == JsonValueKind.Object))
            foreach (var tag in folder.Value.EnumerateObject())
                if (tag.Value.ValueKind == JsonValueKind.Number && tag.Value.TryGetInt64(out var count) && tag.Name.Trim() is { Length: > 0 } name)
                    counts[name] = counts.GetValueOrDefault(name) + count;
    }
}
