using System.Globalization;
using LoraBridge.Generation;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Samples;

/// <summary>A line of sample prompts: the prompt, then kohya's flags (<c>--n</c> negative, <c>--w --h</c> size, <c>--d</c> seed, <c>--l</c> guidance, <c>--s</c> steps, <c>--ss</c> sampler).</summary>
public static class SamplePrompt
{
    /// <summary>Reads a line; null for an empty one and a comment (<c>#</c>).</summary>
    /// <param name="line">The line.</param>
    /// <param name="options">What holds where a flag says nothing.</param>
    /// <param name="seed">The seed where neither says one.</param>
    /// <exception cref="FormatException">A flag is unknown or its value is wrong; the message names both.</exception>
    public static TextToImageRequest? Parse(string line, SampleOptions options, long seed)
    {
        var text = line.Trim();
        if (text.Length == 0 || text.StartsWith('#')) return null;
        var parts = text.Split(" --");
        var request = new TextToImageRequest
        {
            Prompt = parts[0].Trim(),
            NegativePrompt = options.NegativePrompt,
            Width = options.Width,
            Height = options.Height,
            Steps = options.Steps,
            GuidanceScale = options.GuidanceScale,
            Sampler = options.Sampler,
            Seed = options.Seed ?? seed,
        };
        return parts.Skip(1).Aggregate(request, Apply);
    }

    /// <summary>The requests of all prompts, of the settings and of their file, in order.</summary>
    /// <exception cref="FormatException">A line cannot be read; the message names it.</exception>
    public static IReadOnlyList<TextToImageRequest> All(SampleOptions options, long seed)
    {
        var lines = options.Prompts.Concat(options.PromptsFile is { } file ? File.ReadLines(file) : []);
        return [.. lines.Select(line => Parse(line, options, seed)).OfType<TextToImageRequest>()];
    }

    private static TextToImageRequest Apply(TextToImageRequest request, string flag)
    {
        var split = flag.Split(' ', 2);
        var value = split.Length > 1 ? split[1].Trim() : "";
        return split[0] switch
        {
            "n" => request with { NegativePrompt = value },
            "w" => request with { Width = Whole(value) / 8 * 8 },
            "h" => request with { Height = Whole(value) / 8 * 8 },
            "d" => request with { Seed = Whole(value) },
            "l" => request with { GuidanceScale = Number(value) },
            "g" => request with { GuidanceScale = Number(value) },
            "s" => request with { Steps = Whole(value) },
            "ss" => request with { Sampler = value },
            _ => throw new FormatException($"The sample prompt's flag '--{split[0]}' is unknown. There are --n, --w, --h, --d, --l, --s and --ss."),
        };

        int Whole(string text) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number
            : throw new FormatException($"The sample prompt's flag '--{split[0]}' takes a whole number, not '{text}'.");

        double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw new FormatException($"The sample prompt's flag '--{split[0]}' takes a number, not '{text}'.");
    }
}
