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
        ArgumentNullException.ThrowIfNull(line);
        var text = line.Trim();
        if (text.Length == 0 || text.StartsWith('#')) return null;
        var parts = text.Split(" --");
        return Checked(parts.Skip(1).Aggregate(Plain(options, seed) with { Prompt = parts[0].Trim() }, Apply), $"The sample prompt '{parts[0].Trim()}'");
    }

    /// <summary>The requests of all prompts, of the settings and of their file, in order.</summary>
    /// <exception cref="FormatException">A prompt cannot be read; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<TextToImageRequest> All(SampleOptions options, long seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        var listed = options.Prompts.Select(line => Parse(line, options, seed)).OfType<TextToImageRequest>();
        return options.PromptsFile is { } file ? [.. listed, .. SamplePromptFile.Read(file, options, seed)] : [.. listed];
    }

    /// <summary>A request that has only what the settings say.</summary>
    internal static TextToImageRequest Plain(SampleOptions options, long seed) => new()
    {
        NegativePrompt = options.NegativePrompt,
        Width = options.Width / 8 * 8,
        Height = options.Height / 8 * 8,
        Steps = options.Steps,
        GuidanceScale = options.GuidanceScale,
        Sampler = options.Sampler,
        Seed = options.Seed ?? seed,
    };

    /// <summary>The request, if it can be drawn.</summary>
    /// <exception cref="FormatException">A number is out of range.</exception>
    internal static TextToImageRequest Checked(TextToImageRequest request, string where)
    {
        try
        {
            request.Validate();
            return request;
        }
        catch (ArgumentOutOfRangeException wrong)
        {
            throw new FormatException($"{where} cannot be drawn: {wrong.Message.Split('\n')[0]}", wrong);
        }
    }

    private static TextToImageRequest Apply(TextToImageRequest request, string flag)
    {
        var split = flag.Split(' ', 2);
        var value = split.Length > 1 ? split[1].Trim() : "";
        return split[0] switch
        {
            "n" => request with { NegativePrompt = value },
            "w" => request with { Width = (int)Whole(value) / 8 * 8 },
            "h" => request with { Height = (int)Whole(value) / 8 * 8 },
            "d" => request with { Seed = Whole(value) },
            "l" => request with { GuidanceScale = Number(value) },
            "g" => request with { GuidanceScale = Number(value) },
            "s" => request with { Steps = (int)Whole(value) },
            "ss" => request with { Sampler = value },
            _ => throw new FormatException($"The sample prompt's flag '--{split[0]}' is unknown. There are --n, --w, --h, --d, --l, --s and --ss."),
        };

        // seeds fill 32 bits without a sign
        long Whole(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (split[0] == "d" || number <= int.MaxValue) ? number
            : throw new FormatException($"The sample prompt's flag '--{split[0]}' takes a whole number, not '{text}'.");

        double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw new FormatException($"The sample prompt's flag '--{split[0]}' takes a number, not '{text}'.");
    }
}
