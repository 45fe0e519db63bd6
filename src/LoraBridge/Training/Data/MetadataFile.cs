using System.Text.Json;

namespace LoraBridge.Training.Data;

/// <summary>A row of a file of captions.</summary>
/// <param name="Key">The picture as the file calls it: a path, a name, perhaps without its ending.</param>
/// <param name="Caption">Its caption.</param>
internal sealed record MetadataRow(string Key, string Caption);

/// <summary>Reads files of captions: CSV with a header, JSON lines, kohya's JSON.</summary>
internal static class MetadataFile
{
    /// <summary>What is looked for in a folder when the options name no file, in this order.</summary>
    public static readonly string[] Names = ["metadata.csv", "metadata.jsonl", "metadata.json"];

    internal static readonly string[] PictureNames = ["file_name", "filename", "image_path", "image", "file", "path"];
    internal static readonly string[] CaptionNames = ["prompt", "text", "caption"];

    private const string TagsName = "tags";

    /// <summary>The rows in file order.</summary>
    /// <exception cref="DatasetException">The file is none of these, or damaged; the message names the line.</exception>
    public static List<MetadataRow> Read(string path)
    {
        var text = CaptionText.Read(path).Text;
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) return MetadataCsv.Read(text, path);
        return path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? ReadLines(text, path) : ReadKohya(text, path);
    }

    /// <summary>The caption in a JSON file beside a picture.</summary>
    /// <exception cref="DatasetException">The file is damaged, or has no caption.</exception>
    public static string ReadOne(string text, string path)
    {
        using var json = Parse(text, path, "The file");
        return (json.RootElement.ValueKind == JsonValueKind.Object ? CaptionOf(json.RootElement) : null)
            ?? throw Broken(path, "It has no caption.", $"Give it one of the keys {string.Join(", ", CaptionNames)}, {TagsName}.");
    }

    internal static DatasetException Broken(string path, string sentence, string cure, Exception? inner = null) => new(FindingKind.BrokenMetadata, path, sentence, cure, inner);

    private static List<MetadataRow> ReadLines(string text, string path)
    {
        var rows = new List<MetadataRow>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            using var json = Parse(line, path, $"Line {number}");
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw Broken(path, $"Line {number} is no JSON object.", "Write one object a line: {\"file_name\": \"a.png\", \"text\": \"a cat\"}.");
            var key = First(json.RootElement, PictureNames)
                ?? throw Broken(path, $"Line {number} names no picture.", $"Give it one of the keys {string.Join(", ", PictureNames)}.");
            rows.Add(new(key, CaptionOf(json.RootElement) ?? OnlyOther(json.RootElement)
                ?? throw Broken(path, $"Line {number} has no caption.", $"Give it one of the keys {string.Join(", ", CaptionNames)}, {TagsName}.")));
        }
        return rows;
    }

    private static List<MetadataRow> ReadKohya(string text, string path)
    {
        using var json = Parse(text, path, "The file");
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw Broken(path, "The file is no JSON object of pictures.", "Write {\"a\": {\"caption\": \"a cat\", \"tags\": \"cat, sofa\"}, …}, or use JSON lines in a .jsonl file.");
        var rows = new List<MetadataRow>();
        foreach (var entry in json.RootElement.EnumerateObject())
        {
            var caption = entry.Value.ValueKind switch
            {
                JsonValueKind.String => entry.Value.GetString(),
                JsonValueKind.Object => CaptionOf(entry.Value),
                _ => throw Broken(path, $"The entry \"{entry.Name}\" is neither an object nor text.", "Give it caption, tags or both."),
            };
            // entries may hold only a size; the caption then lies beside the picture
            if (caption is not null) rows.Add(new(entry.Name, caption));
        }
        return rows;
    }

    private static string? CaptionOf(JsonElement row)
    {
        var caption = First(row, CaptionNames);
        var tags = First(row, [TagsName]);
        return caption is { Length: > 0 } && tags is { Length: > 0 } ? $"{caption}, {tags}" : caption is { Length: > 0 } ? caption : tags ?? caption;
    }

    private static string? First(JsonElement row, string[] names)
    {
        foreach (var name in names)
        {
            if (row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) return value.GetString();
        }
        return null;
    }

    // the caption column of an image folder may have any name, where it is the only other text
    private static string? OnlyOther(JsonElement row)
    {
        var texts = row.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.String && !PictureNames.Contains(property.Name)).ToList();
        return texts.Count == 1 ? texts[0].Value.GetString() : null;
    }

    private static JsonDocument Parse(string text, string path, string where)
    {
        try
        {
            return JsonDocument.Parse(text, new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw Broken(path, $"{where} is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}).", "Correct it, or make the file anew.", e);
        }
    }
}
