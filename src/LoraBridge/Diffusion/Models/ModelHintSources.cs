using System.Globalization;
using System.Text.Json;

namespace LoraBridge.Diffusion.Models;

/// <summary>Reads hints out of a checkpoint's metadata and of a config.json beside it.</summary>
public static class ModelHintSources
{
    private const string Prefix = "lorabridge.";

    /// <summary>
    /// Hints in safetensors metadata: lorabridge.text_heads, .text_activation, .unet_heads, .unet_head_width, .unet_norm_groups,
    /// .vae_norm_groups, .prediction_type, .scale_factor, .beta_start, .beta_end, .training_steps; or modelspec.prediction_type.
    /// </summary>
    /// <exception cref="FormatException">A value is not a number where it must be.</exception>
    public static ModelHints FromMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        string? Text(string name) => metadata.GetValueOrDefault(Prefix + name);
        T? Number<T>(string name) where T : struct, IParsable<T> => Text(name) is not { } text
            ? null
            : T.TryParse(text, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new FormatException($"The checkpoint's metadata '{Prefix}{name}' is '{text}', not a number.");

        return new()
        {
            TextHeads = Number<long>("text_heads"),
            TextActivation = Text("text_activation"),
            UNetHeads = Number<long>("unet_heads"),
            UNetHeadWidth = Number<long>("unet_head_width"),
            UNetNormGroups = Number<long>("unet_norm_groups"),
            AutoencoderNormGroups = Number<long>("vae_norm_groups"),
            PredictionType = Prediction(Text("prediction_type") ?? metadata.GetValueOrDefault("modelspec.prediction_type")),
            ScaleFactor = Number<double>("scale_factor"),
            BetaStart = Number<double>("beta_start"),
            BetaEnd = Number<double>("beta_end"),
            TrainingSteps = Number<int>("training_steps"),
        };
    }

    /// <summary>Hints in the config.json beside a checkpoint; none where there is no such file.</summary>
    /// <exception cref="JsonException">The file is not JSON.</exception>
    public static ModelHints FromConfigBeside(string checkpointPath)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpointPath))!, "config.json");
        if (!File.Exists(path)) return new();
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return FromConfig(document.RootElement);
    }

    private static ModelHints FromConfig(JsonElement root)
    {
        var unet = At(root, "unet");
        var vae = At(root, "vae");
        var text = At(root, "text") is { ValueKind: JsonValueKind.Array } encoders && encoders.GetArrayLength() > 0
            ? At(encoders[0], "config")
            : null;
        var schedule = At(root, "schedule");
        var (heads, headWidth) = UNetHeads(unet);
        return new()
        {
            TextHeads = Long(text, "num_attention_heads"),
            TextActivation = String(text, "hidden_act"),
            UNetHeads = heads,
            UNetHeadWidth = headWidth,
            UNetNormGroups = Long(unet, "norm_num_groups"),
            AutoencoderNormGroups = Long(vae, "norm_num_groups"),
            PredictionType = Prediction(String(root, "prediction")),
            ScaleFactor = Double(root, "scale_factor") ?? Double(vae, "scaling_factor"),
            BetaStart = Double(schedule, "beta_start"),
            BetaEnd = Double(schedule, "beta_end"),
            TrainingSteps = (int?)Long(schedule, "steps"),
        };
    }

    // "attention_head_dim" has held the number of heads since the first models; a list of numbers means heads of one width
    private static (long? Heads, long? HeadWidth) UNetHeads(JsonElement? unet)
    {
        var heads = At(unet, "num_attention_heads") is { ValueKind: not JsonValueKind.Null } stated ? stated : At(unet, "attention_head_dim");
        if (heads is { ValueKind: JsonValueKind.Number } number) return (number.GetInt64(), null);
        if (heads is not { ValueKind: JsonValueKind.Array } list || At(unet, "block_out_channels") is not { } widths) return (null, null);
        return (null, widths[0].GetInt64() / list[0].GetInt64());
    }

    private static string? Prediction(string? name) => name switch
    {
        null => null,
        "eps" or "epsilon" => "epsilon",
        "v" or "v_prediction" => "v_prediction",
        _ => throw new FormatException($"The prediction type '{name}' is not known: it must be epsilon or v_prediction."),
    };

    private static JsonElement? At(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) ? value : null;

    private static long? Long(JsonElement? parent, string name) => At(parent, name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;

    private static double? Double(JsonElement? parent, string name) => At(parent, name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    private static string? String(JsonElement? parent, string name) => At(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
