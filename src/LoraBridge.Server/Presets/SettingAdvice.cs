using System.Text.Json;

namespace LoraBridge.Server.Presets;

/// <summary>What a form says of a setting besides what the library knows; it stands in <c>advice.json</c>.</summary>
/// <param name="Level">Who needs it: basic, usual or expert.</param>
/// <param name="Consequence">What follows from more or less of it, in a sentence.</param>
internal sealed record SettingAdvice(string Level, string Consequence)
{
    private static readonly Lazy<Dictionary<string, SettingAdvice>> s_all = new(Read);

    /// <summary>All of them, by the settings' full names.</summary>
    public static IReadOnlyDictionary<string, SettingAdvice> All => s_all.Value;

    /// <summary>That of a setting.</summary>
    public static SettingAdvice Of(string path) => All.TryGetValue(path, out var advice) ? advice : new("expert", "");

    private static Dictionary<string, SettingAdvice> Read()
    {
        using var stream = typeof(SettingAdvice).Assembly.GetManifestResourceStream("LoraBridge.Server.Presets.advice.json")!;
        var levels = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream)!;
        return levels.SelectMany(level => level.Value, (level, entry) => (entry.Key, Advice: new SettingAdvice(level.Key, entry.Value))).ToDictionary(pair => pair.Key, pair => pair.Advice, StringComparer.Ordinal);
    }
}
