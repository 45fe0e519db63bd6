using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraBridge.Generation;

/// <summary>What the values that an infotext lacks mean, and what its version implies.</summary>
internal static partial class InfotextDefaults
{
    private static readonly (int, int, int, int) s_1_6 = (1, 6, 0, 0), s_1_7_225 = (1, 7, 0, 225), s_1_8 = (1, 8, 0, 0);

    /// <summary>The missing values, in the WebUI's order.</summary>
    /// <param name="values">Those that are there.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="negative">The negative prompt.</param>
    public static OrderedDictionary<string, object> Of(IReadOnlyDictionary<string, string> values, string prompt, string negative)
    {
        var missing = new OrderedDictionary<string, object>();
        foreach (var (key, value) in All()) Add(key, value);
        if ((prompt + negative).AsSpan().IndexOfAny("([") >= 0) Add("Emphasis", "Original");
        Add("Refiner switch by sampling steps", false);
        foreach (var key in Implied(values, prompt)) missing[key] = true;
        return missing;

        void Add(string key, object value)
        {
            if (!values.ContainsKey(key)) missing.Add(key, value);
        }
    }

    private static IEnumerable<(string Key, object Value)> All() =>
    [
        ("Clip skip", "1"),
        ("Hires resize-1", 0),
        ("Hires resize-2", 0),
        ("Hires sampler", "Use same sampler"),
        ("Hires schedule type", "Use same scheduler"),
        ("Hires checkpoint", "Use same checkpoint"),
        ("Hires prompt", ""),
        ("Hires negative prompt", ""),
        ("Mask mode", "Inpaint masked"),
        ("Masked content", "original"),
        ("Inpaint area", "Whole picture"),
        ("Masked area padding", 32),
        ("RNG", "GPU"),
        ("Schedule type", "Automatic"),
        ("Schedule max sigma", 0),
        ("Schedule min sigma", 0),
        ("Schedule rho", 0),
        ("VAE Encoder", "Full"),
        ("VAE Decoder", "Full"),
        ("FP8 weight", "Disable"),
    ];

    // pictures of the WebUI's old versions come out again only by their old rules
    private static IEnumerable<string> Implied(IReadOnlyDictionary<string, string> values, string prompt)
    {
        if (Version(values.GetValueOrDefault("Version")) is not { } version) yield break;
        if (version.CompareTo(s_1_6) < 0)
        {
            if (prompt.Contains('[')) yield return "Old prompt editing timelines";
            if (values.GetValueOrDefault("Sampler") is "DDIM" or "PLMS") yield return "Pad conds v0";
        }
        if (version.CompareTo(s_1_7_225) < 0) yield return "Downcast alphas_cumprod";
        if (version.CompareTo(s_1_8) < 0 && values.ContainsKey("Refiner")) yield return "Refiner switch by sampling steps";
    }

    private static (int, int, int, int)? Version(string? text)
    {
        if (text is null || VersionNumber().Match(text) is not { Success: true } match) return null;
        return (Number(1), Number(2), Number(3), Number(4));

        int Number(int group) => int.TryParse(match.Groups[group].Value, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    // v1.7.0-225-g0123abcd is 225 commits after 1.7.0
    [GeneratedRegex(@"^v?(\d+)\.(\d+)(?:\.(\d+))?(?:-(\d+)(?:-|$)|$|-)")]
    private static partial Regex VersionNumber();
}
