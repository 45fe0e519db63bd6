using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>An adapter's metadata as the WebUI lists it.</summary>
internal static class AdapterMetadata
{
    private static readonly string[] s_first = ["ss_sd_model_name", "ss_resolution", "ss_clip_skip", "ss_num_train_images", "ss_tag_frequency"];

    /// <summary>The metadata with what matters most first; texts that are JSON objects are sent as such, all others as text.</summary>
    /// <returns>Empty where the file has none or cannot be read.</returns>
    public static OrderedDictionary<string, object> Of(LoraEntry entry)
    {
        var metadata = Read(entry);
        var ordered = new OrderedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var key in s_first.Where(metadata.ContainsKey).Concat(metadata.Keys.Except(s_first))) ordered[key] = Value(metadata[key]);
        return ordered;
    }

    /// <summary>The metadata as the file has it; empty where it has none or cannot be read.</summary>
    public static IReadOnlyDictionary<string, string> Read(LoraEntry entry)
    {
        try
        {
            return entry.ReadMetadata();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CheckpointFormatException)
        {
            return new Dictionary<string, string>();                            // it went away since it was listed
        }
    }

    private static object Value(string text)
    {
        if (!text.StartsWith('{')) return text;
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
