using System.Globalization;
using System.Text;
using LoraBridge.Generation;
using LoraBridge.Training.Settings;
using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Training.Samples;

/// <summary>
/// Reads a file of sample prompts as kohya's trainer does: lines of text; TOML with <c>[prompt]</c> for what holds for all and a
/// <c>[[prompt.subset]]</c> for each; JSON with a list of objects.
/// </summary>
internal static class SamplePromptFile
{
    private const string Keys = "prompt, negative_prompt, width, height, seed, scale, sample_steps, sample_sampler";

    /// <summary>The requests in the file's order.</summary>
    /// <exception cref="FormatException">Something cannot be read; the message names the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<TextToImageRequest> Read(string path, SampleOptions options, long seed)
    {
        var name = Path.GetFileName(path);
        var plain = SamplePrompt.Plain(options, seed);
        try
        {
            var text = Text(path);
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".toml" => Toml(TomlText.Read(text, name), plain),
                ".json" => [.. Items(JsonText.Read($"{{\"prompts\":{text}\n}}", name).Entries[0].Value).Select(item => Request(item, plain))],
                _ => [.. text.Split('\n').Index().Select(line => Line(line.Item, line.Index + 1)).OfType<TextToImageRequest>()],
            };
        }
        catch (SourceSyntaxException wrong)
        {
            throw new FormatException(string.Join(" ", wrong.Errors.Select(error => $"{error.Place}: {error.Message}")), wrong);
        }

        TextToImageRequest? Line(string line, int number)
        {
            try
            {
                return SamplePrompt.Parse(line, options, seed);
            }
            catch (FormatException wrong)
            {
                throw new FormatException($"{name}:{number}: {wrong.Message}", wrong);
            }
        }
    }

    private static string Text(string path)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException wrong)
        {
            throw new FormatException($"{Path.GetFileName(path)}: The file is not in UTF-8: save it as UTF-8.", wrong);
        }
    }

    private static List<TextToImageRequest> Toml(RawMap root, TextToImageRequest plain)
    {
        var general = root.Entries.FirstOrDefault(entry => entry.Key == "prompt")?.Value as RawMap
            ?? throw new SourceSyntaxException(root.Place, "There is no [prompt]: write what holds for all prompts into it, and each prompt into a [[prompt.subset]] of its own.");
        var subsets = general.Entries.FirstOrDefault(entry => entry.Key == "subset")?.Value
            ?? throw new SourceSyntaxException(general.Place, "There is no [[prompt.subset]]: write each prompt into one of its own.");
        var common = general.Entries.Where(entry => entry.Key != "subset").Aggregate(plain, Apply);
        return [.. Items(subsets).Select(item => Request(item, common))];
    }

    private static IReadOnlyList<RawValue> Items(RawValue value) => value as RawList is { } list ? list.Items
        : throw new SourceSyntaxException(value.Place, "Prompts are a list of objects: [{ \"prompt\": \"…\" }].");

    private static TextToImageRequest Request(RawValue item, TextToImageRequest common)
    {
        if (item is not RawMap map) throw new SourceSyntaxException(item.Place, $"A prompt is an object with some of the keys {Keys}.");
        var request = map.Entries.Aggregate(common, Apply);
        return request.Prompt.Length > 0 ? SamplePrompt.Checked(request, $"{map.Place}: The sample prompt")
            : throw new SourceSyntaxException(map.Place, "It has no prompt: give it the key prompt.");
    }

    private static TextToImageRequest Apply(TextToImageRequest request, RawEntry entry) => entry.Key switch
    {
        "prompt" => request with { Prompt = Word(entry) },
        "negative_prompt" => request with { NegativePrompt = Word(entry) },
        "width" => request with { Width = (int)Number(entry, isWhole: true) / 8 * 8 },
        "height" => request with { Height = (int)Number(entry, isWhole: true) / 8 * 8 },
        "seed" => request with { Seed = (long)Number(entry, isWhole: true) },
        "scale" or "guidance_scale" => request with { GuidanceScale = Number(entry, isWhole: false) },
        "sample_steps" => request with { Steps = (int)Number(entry, isWhole: true) },
        "sample_sampler" => request with { Sampler = Word(entry) },
        // what the file carries for the trainer itself
        "enum" => request,
        _ => throw new SourceSyntaxException(entry.Place, $"The key {entry.Key} is unknown. There are {Keys}."),
    };

    private static string Word(RawEntry entry) => entry.Value is RawScalar { Text: { } text } ? text
        : throw new SourceSyntaxException(entry.Place, $"{entry.Key} is a text.");

    private static double Number(RawEntry entry, bool isWhole) =>
        entry.Value is RawScalar { Text: { } text } && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && (isWhole ? number is >= 0 and <= uint.MaxValue && number == Math.Floor(number) : double.IsFinite(number))
            ? number : throw new SourceSyntaxException(entry.Place, $"{entry.Key} is a {(isWhole ? "whole " : "")}number.");
}
