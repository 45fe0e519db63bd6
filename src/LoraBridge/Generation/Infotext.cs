using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoraBridge.Generation;

/// <summary>Writes the text that the WebUI puts into pictures: prompts, then one line of "Key: value" pairs.</summary>
/// <remarks>The keys' order and the quoting are those of its <c>create_infotext</c>.</remarks>
public static class Infotext
{
    // what stands in no list keeps the order in which it was added, between these two
    private static readonly string[] s_first =
    [
        "Steps", "Sampler", "Schedule type", "CFG scale", "Image CFG scale", "Seed", "Face restoration", "Size", "Model hash", "Model",
        "FP8 weight", "Cache FP16 weight for LoRA", "VAE hash", "VAE", "Variation seed", "Variation seed strength", "Seed resize from",
        "Denoising strength", "Conditional mask weight", "Clip skip", "ENSD", "Token merging ratio", "Token merging ratio hr",
        "Init image hash", "RNG", "Tiling",
    ];

    private static readonly string[] s_last = ["Version", "User"];

    private static readonly JsonSerializerOptions s_quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the text of one picture.</summary>
    /// <param name="prompt">The prompt as it was given, tags included.</param>
    /// <param name="negativePrompt">The negative prompt; its line is left out when empty.</param>
    /// <param name="values">Values by key; null ones are left out.</param>
    public static string Write(string prompt, string negativePrompt, IEnumerable<KeyValuePair<string, object?>> values)
    {
        var given = values.Where(pair => pair.Value is not null).ToList();
        var ordered = s_first.SelectMany(key => given.Where(pair => pair.Key == key))
            .Concat(given.Where(pair => !s_first.Contains(pair.Key) && !s_last.Contains(pair.Key)))
            .Concat(s_last.SelectMany(key => given.Where(pair => pair.Key == key)));
        var line = Line(ordered);
        var negative = negativePrompt.Length == 0 ? "" : $"\nNegative prompt: {negativePrompt}";
        return $"{prompt}{negative}\n{line}".Trim();
    }

    /// <summary>Writes pairs as one line, in the order given; null ones are left out.</summary>
    internal static string Line(IEnumerable<KeyValuePair<string, object?>> values) =>
        string.Join(", ", values.Where(pair => pair.Value is not null).Select(pair => Pair(pair.Key, pair.Value!)));

    private static string Pair(string key, object value)
    {
        var text = Format(value);
        return text == key ? key : $"{key}: {Quote(text)}";
    }

    // Python's way: whole floats keep their ".0", truth values are capitalised
    private static string Format(object value) => value switch
    {
        bool flag => flag ? "True" : "False",
        double number => double.IsInteger(number) && Math.Abs(number) < 1e16
            ? number.ToString("0.0", CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",:\n") < 0 ? text : JsonSerializer.Serialize(text, s_quoting);
}
