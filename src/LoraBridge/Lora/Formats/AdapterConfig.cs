using System.Text.Json;
using System.Text.RegularExpressions;
using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Formats;

/// <summary>
/// PEFT's settings of an adapter, as far as they say how to read it: a folder's adapter_config.json, or the metadata
/// <c>lora_adapter_metadata</c> in which diffusers keeps the same with each key behind its network's name.
/// </summary>
/// <remarks>Ranks are read from the tensors, and <c>fan_in_fan_out</c> is about layers that no diffusion model has.</remarks>
internal sealed class AdapterConfig
{
    /// <summary>The file beside a PEFT adapter.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>diffusers' key in the metadata.</summary>
    public const string MetadataKey = "lora_adapter_metadata";

    private const double DefaultAlpha = 8;                                      // PEFT's, for a file that leaves it out
    private const long MaxLength = 16 << 20;

    private readonly Dictionary<string, JsonElement> _values;
    private readonly double? _alpha;
    private readonly bool _usesRootOfRank;
    private readonly List<(Regex? Pattern, string Text, double Alpha)> _alphas = [];

    private AdapterConfig(Dictionary<string, JsonElement> values, double? defaultAlpha)
    {
        _values = values;
        _alpha = Number("lora_alpha") ?? Number("alpha") ?? defaultAlpha;       // LoHa's and LoKr's is called alpha
        _usesRootOfRank = values.TryGetValue("use_rslora", out var root) && root.ValueKind == JsonValueKind.True;
        if (!values.TryGetValue("alpha_pattern", out var patterns) || patterns.ValueKind != JsonValueKind.Object) return;
        foreach (var row in patterns.EnumerateObject())
            if (row.Value.ValueKind == JsonValueKind.Number && row.Value.TryGetDouble(out var alpha))
                _alphas.Add((Compiled(row.Name), row.Name, alpha));
    }

    /// <summary>Whether biases were trained along with the adapter.</summary>
    public bool HasBiases => _values.TryGetValue("bias", out var bias) && bias.ValueKind == JsonValueKind.String && bias.GetString() != "none";

    /// <summary>Reads adapter_config.json.</summary>
    /// <exception cref="CheckpointFormatException">It is no JSON object.</exception>
    public static AdapterConfig Read(string path)
    {
        if (new FileInfo(path).Length > MaxLength) throw new CheckpointFormatException(path, "an adapter's settings cannot be that long");
        return Parse(File.ReadAllText(path), "") is { } values
            ? new(values, DefaultAlpha)
            : throw new CheckpointFormatException(path, "the adapter's settings are no JSON object", "Download the folder again");
    }

    /// <summary>Reads diffusers' metadata for one network; null when they have none for it or are no JSON.</summary>
    /// <param name="json">The metadata's text.</param>
    /// <param name="network">unet or text_encoder.</param>
    public static AdapterConfig? OfMetadata(string json, string network) =>
        Parse(json, network + ".") is { Count: > 0 } values ? new(values, defaultAlpha: null) : null;

    /// <summary>alpha / rank of a module, or alpha / √rank.</summary>
    /// <param name="module">Its dotted path.</param>
    /// <param name="rank">Of its tensors; the file's word on the rank is not needed.</param>
    public double Scale(string module, long rank)
    {
        var alpha = _alpha ?? rank;
        foreach (var (pattern, text, value) in _alphas)
            if (pattern?.IsMatch(module) ?? (module == text || module.EndsWith("." + text, StringComparison.Ordinal)))
            {
                alpha = value;
                break;
            }
        return alpha / (_usesRootOfRank ? Math.Sqrt(rank) : rank);
    }

    private double? Number(string key) =>
        _values.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;

    // a pattern is the end of a module's name, or a regular expression for it; without backtracking a hostile one is harmless
    private static Regex? Compiled(string pattern)
    {
        try
        {
            return new($@"^(?:.*\.)?(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static Dictionary<string, JsonElement>? Parse(string json, string prefix)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var row in document.RootElement.EnumerateObject())
                if (row.Name.StartsWith(prefix, StringComparison.Ordinal))
                    values[row.Name[prefix.Length..]] = row.Value.Clone();
            return values;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: half of a surrogate pair
        {
            return null;
        }
    }
}
