using System.Text.Json;
using System.Text.RegularExpressions;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>Reads infotexts, of the WebUI's old versions too. It never throws: what it cannot read it takes for prompt.</summary>
public static partial class InfotextReader
{
    private const string NegativeLabel = "Negative prompt:";
    private const int FewestPairs = 3;

    /// <summary>Reads an infotext.</summary>
    /// <param name="text">The text.</param>
    /// <param name="styles">Styles to be recognised in the prompts; null for none.</param>
    public static InfotextContent Read(string text, PromptStyles? styles = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> lines = [.. text.Trim().Split('\n')];
        var values = new OrderedDictionary<string, string>();
        if (Pair().Count(lines[^1]) >= FewestPairs)
        {
            foreach (Match pair in Pair().Matches(lines[^1])) Add(values, pair.Groups["key"].Value, pair.Groups["value"].Value);
            lines.RemoveAt(lines.Count - 1);
        }
        var (prompt, negative) = Prompts(lines);
        IReadOnlyList<string> found = [];
        if (styles is not null) (found, prompt, negative) = PromptStyleSearch.Find(styles, prompt, negative);
        if (values.Remove("Hypernet", out var network))
            prompt += $"<hypernet:{network}:{values.GetValueOrDefault("Hypernet strength", "1.0")}>";
        SplitSampler(values);
        MoveFirstPass(values);
        return new() { Prompt = prompt, NegativePrompt = negative, Values = values, Styles = found, Defaults = InfotextDefaults.Of(values, prompt, negative) };
    }

    private static (string Prompt, string Negative) Prompts(List<string> lines)
    {
        var (prompt, negative, isNegative) = (new List<string>(), new List<string>(), false);
        foreach (var line in lines)
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith(NegativeLabel, StringComparison.Ordinal))
            {
                isNegative = true;
                trimmed = trimmed[NegativeLabel.Length..].Trim();
            }
            var to = isNegative ? negative : prompt;
            // empty lines count only between others
            if (trimmed.Length > 0 || to.Count > 0) to.Add(trimmed);
        }
        return (string.Join('\n', prompt), string.Join('\n', negative));
    }

    private static void Add(OrderedDictionary<string, string> values, string key, string value)
    {
        if (value.Length == 0) return;
        if (value.Length > 1 && value[0] == '"' && value[^1] == '"') value = Unquoted(value);
        if (Size().Match(value) is { Success: true } size)
        {
            values[key + "-1"] = size.Groups["first"].Value;
            values[key + "-2"] = size.Groups["second"].Value;
        }
        else
        {
            values[key] = value;
        }
    }

    private static string Unquoted(string value)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(value) ?? value;
        }
        catch (JsonException)
        {
            return value;
        }
    }

    // before 1.9 the scheduler stood behind the sampler's name
    private static void SplitSampler(OrderedDictionary<string, string> values)
    {
        if (!values.TryGetValue("Sampler", out var name) || Samplers.Find(name) is not null) return;
        var choice = SamplerNames.Resolve(name);
        if (choice.IsFallback) return;
        values["Sampler"] = choice.Sampler.Name;
        values.TryAdd("Schedule type", choice.RequestedScheduler.Label);
    }

    // before the hires fix had settings of its own the size was the final one
    private static void MoveFirstPass(OrderedDictionary<string, string> values)
    {
        if (!values.ContainsKey("First pass size-1") || !values.ContainsKey("First pass size-2")) return;
        var (width, height) = (Whole("First pass size-1", 0), Whole("First pass size-2", 0));
        var (finalWidth, finalHeight) = (Whole("Size-1", 512), Whole("Size-2", 512));
        if (width == 0 || height == 0)
        {
            var scale = Math.Sqrt(512.0 * 512 / ((double)Math.Max(1, finalWidth) * Math.Max(1, finalHeight)));
            (width, height) = (Up(finalWidth * scale), Up(finalHeight * scale));
        }
        (values["Size-1"], values["Size-2"]) = ($"{width}", $"{height}");
        (values["Hires resize-1"], values["Hires resize-2"]) = ($"{finalWidth}", $"{finalHeight}");

        int Whole(string key, int otherwise) => int.TryParse(values.GetValueOrDefault(key), out var number) ? number : otherwise;

        static int Up(double side) => (int)Math.Min(Math.Ceiling(side / 64) * 64, int.MaxValue);
    }

    // a key has two characters or more; a value in quotes may hold commas
    [GeneratedRegex("""\s*(?<key>\w[\w \-/]+):\s*(?<value>"(?:\\.|[^"\\])+"|[^,]*)(?:,|$)""")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^(?<first>\d+)x(?<second>\d+)$")]
    private static partial Regex Size();
}
