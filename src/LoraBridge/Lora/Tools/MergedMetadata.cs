using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraBridge.Lora.Tools;

/// <summary>One file of a blend, as its metadata names it.</summary>
/// <param name="Name">The file's name without folder and ending.</param>
/// <param name="Hash">Its model hash, 64 hex digits.</param>
/// <param name="UNetWeight">The UNet's weight.</param>
/// <param name="TextWeight">The text encoder's weight.</param>
/// <param name="Metadata">What it says of itself.</param>
internal sealed record MetadataParent(string Name, string Hash, double UNetWeight, double TextWeight, IReadOnlyDictionary<string, string> Metadata);

/// <summary>What a file that was made from others says of itself.</summary>
internal static class MergedMetadata
{
    /// <summary>JSON list of the parents with their hashes and weights, for those who want to make the blend again.</summary>
    public const string ParentsKey = "lorabridge_merged_from";

    // said of the blend when all parents that say it agree
    private static readonly string[] s_shared =
    [
        "ss_v2", "ss_base_model_version", "ss_sd_model_name", "ss_sd_model_hash", "ss_new_sd_model_hash", "ss_vae_name", "ss_vae_hash", "ss_new_vae_hash",
        "ss_clip_skip", "ss_resolution", "modelspec.architecture", "modelspec.implementation", "modelspec.prediction_type", "modelspec.resolution",
        "modelspec.encoder_layer",
    ];

    // all of the parents' values, each once: a licence does not vanish by merging
    private static readonly (string Key, string Separator)[] s_joined =
        [("modelspec.license", "; "), ("modelspec.author", ", "), ("modelspec.trigger_phrase", ", "), ("modelspec.tags", ", ")];

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The metadata of a blend, without ranks and hashes.</summary>
    /// <param name="parents">The files of the blend.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="now">Its date.</param>
    public static Dictionary<string, string> Of(IReadOnlyList<MetadataParent> parents, string name, DateTimeOffset now)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ss_output_name"] = name,
            ["ss_training_comment"] = "baked from " + string.Join(" + ", parents.Select(Described)),
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.title"] = name,
            ["modelspec.date"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture),
            ["modelspec.merged_from"] = string.Join(", ", parents.Select(parent => parent.Name)),
            [ParentsKey] = new JsonArray([.. parents.Select(parent => new JsonObject
            {
                ["name"] = parent.Name,
                ["hash"] = parent.Hash,
                ["unet"] = parent.UNetWeight,
                ["text"] = parent.TextWeight,
            })]).ToJsonString(s_json),
        };
        foreach (var key in s_shared)
            if (Values(parents, key) is [var only]) merged[key] = only;
        foreach (var (key, separator) in s_joined)
            if (Values(parents, key) is { Count: > 0 } values) merged[key] = string.Join(separator, values);
        if (TagFrequencies(parents) is { Count: > 0 } tags) merged["ss_tag_frequency"] = tags.ToJsonString(s_json);
        return merged;
    }

    private static string Described(MetadataParent parent) => parent.UNetWeight == parent.TextWeight
        ? string.Create(CultureInfo.InvariantCulture, $"{parent.Name} ({parent.UNetWeight})")
        : string.Create(CultureInfo.InvariantCulture, $"{parent.Name} (UNet {parent.UNetWeight}, text {parent.TextWeight})");

    private static List<string> Values(IEnumerable<MetadataParent> parents, string key) =>
        [.. parents.Select(parent => parent.Metadata.GetValueOrDefault(key)).OfType<string>().Where(value => value is not ("" or "None")).Distinct(StringComparer.Ordinal)];

    /// <summary>The counts of all parents, those of folders and tags of one name added up.</summary>
    private static JsonObject TagFrequencies(IReadOnlyList<MetadataParent> parents)
    {
        var sums = new SortedDictionary<string, SortedDictionary<string, long>>(StringComparer.Ordinal);
        foreach (var parent in parents)
        {
            foreach (var (folder, tag, count) in TagCounts.Read(parent.Metadata))
            {
                if (!sums.TryGetValue(folder, out var tags)) sums[folder] = tags = new(StringComparer.Ordinal);
                tags[tag] = tags.GetValueOrDefault(tag) + count;
            }
        }
        return new(sums.Select(folder => KeyValuePair.Create(folder.Key, (JsonNode?)new JsonObject(
            folder.Value.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)JsonValue.Create(tag.Value)))))));
    }
}
