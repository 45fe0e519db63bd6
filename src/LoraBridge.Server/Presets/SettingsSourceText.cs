using LoraBridge.Server.Errors;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Presets;

/// <summary>A text of settings that somebody sent, and its language; null for a command line.</summary>
/// <param name="Text">The text.</param>
/// <param name="Name">What messages call it.</param>
/// <param name="Format">Its language.</param>
internal sealed record SettingsSourceText(string Text, string Name, SettingsFormat? Format)
{
    /// <summary>The longest text.</summary>
    public const int MostCharacters = 1_000_000;

    /// <summary>The language's name.</summary>
    public string FormatName => Format?.ToString().ToLowerInvariant() ?? "arguments";

    /// <summary>Tells the language by what was said of it, by the file's name, or else by the text itself.</summary>
    /// <exception cref="RequestException">There is no such language, or the text is too long.</exception>
    public static SettingsSourceText Of(PresetImport import)
    {
        if (import.Text.Length > MostCharacters) throw RequestException.Invalid("text", $"The text has more than {MostCharacters:N0} characters.", "Send a file of settings.");
        var name = import.FileName is { Length: > 0 } file ? file.Split('/', '\\')[^1] : "settings";
        var text = import.Text.TrimStart('\uFEFF');
        return new(text, name, import.Format is { } format ? Named(format) : ByEnding(name) ?? ByLook(text));
    }

    /// <summary>The source; files that it names are not read, for they would be this machine's.</summary>
    public SettingsSource ToSource() => Format is { } format
        ? SettingsSource.Text(Text, Name, format, followsFiles: false)
        : SettingsSource.Arguments(CommandWords.OfTraining(Text), followsFiles: false);

    private static SettingsFormat? Named(string format) => format switch
    {
        "toml" => SettingsFormat.Toml,
        "yaml" => SettingsFormat.Yaml,
        "json" => SettingsFormat.Json,
        "arguments" => null,
        _ => throw RequestException.Invalid("format", $"'{format}' is no language of settings.", "Say toml, yaml, json or arguments, or leave it out."),
    };

    private static SettingsFormat? ByEnding(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".toml" => SettingsFormat.Toml,
        ".yaml" or ".yml" => SettingsFormat.Yaml,
        ".json" => SettingsFormat.Json,
        _ => null,
    };

    private static SettingsFormat? ByLook(string text)
    {
        var lines = text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
        if (text.TrimStart().StartsWith('{')) return SettingsFormat.Json;
        if (lines.Exists(line => line.StartsWith("--", StringComparison.Ordinal) || line.Contains(" --", StringComparison.Ordinal))) return null;
        // TOML has equals signs or groups in brackets where YAML has colons
        return lines.Exists(line => line.StartsWith('[') || (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && line.AsSpan(0, equals).IndexOf(':') < 0)) ? SettingsFormat.Toml : SettingsFormat.Yaml;
    }
}
