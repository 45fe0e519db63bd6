using System.Text;
using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Training.Settings;

/// <summary>Languages of settings files.</summary>
public enum SettingsFormat
{
    /// <summary>YAML.</summary>
    Yaml,

    /// <summary>TOML, kohya's language.</summary>
    Toml,

    /// <summary>JSON.</summary>
    Json,
}

/// <summary>A source of settings: a preset, a file, a text or a command line. Later sources go before earlier ones.</summary>
public sealed class SettingsSource
{
    private readonly Func<RawMap> _read;

    private SettingsSource(string name, Func<RawMap> read, string? folder, bool anyGroup)
    {
        Name = name;
        _read = read;
        Folder = folder;
        AnyGroup = anyGroup;
    }

    /// <summary>Whether files that it names as further sources are read.</summary>
    internal bool FollowsFiles { get; private init; } = true;

    /// <summary>The source's name in messages.</summary>
    public string Name { get; }

    /// <summary>The folder of a file, from which files that it names are found too; null for other sources.</summary>
    internal string? Folder { get; }

    /// <summary>Whether its groups mean nothing, as in kohya's files.</summary>
    internal bool AnyGroup { get; }

    /// <summary>A file: <c>.yaml</c>, <c>.yml</c>, <c>.toml</c> or <c>.json</c>.</summary>
    public static SettingsSource File(string path)
    {
        var format = FormatOf(path);
        return new(Path.GetFileName(path), () => Parse(ReadText(path, format), Path.GetFileName(path), format ?? SettingsFormat.Yaml), Path.GetDirectoryName(Path.GetFullPath(path)), format == SettingsFormat.Toml);
    }

    /// <summary>A text in a language.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="format">Its language.</param>
    /// <param name="followsFiles">Whether files that it names as further sources are read; not where it comes from somebody else's machine.</param>
    public static SettingsSource Text(string text, string name, SettingsFormat format, bool followsFiles = true) =>
        new(name, () => Parse(text, name, format), null, format == SettingsFormat.Toml) { FollowsFiles = followsFiles };

    /// <summary>A command line: <c>key=value</c> or <c>--key value</c>, by any name of a setting.</summary>
    /// <param name="arguments">As a shell splits them.</param>
    /// <param name="followsFiles">Whether files that it names as further sources are read; not where it comes from somebody else's machine.</param>
    public static SettingsSource Arguments(IReadOnlyList<string> arguments, bool followsFiles = true) =>
        new("command line", () => ArgumentText.Read(arguments, name => KeyTable.FindDotted(name)?.IsList == true, name => KeyTable.FindDotted(name)?.IsSwitch == true), null, anyGroup: false) { FollowsFiles = followsFiles };

    /// <summary>What a program takes where nobody says anything, by the settings' full names; stands before all other sources.</summary>
    /// <param name="name">What explanations call it.</param>
    /// <param name="values">The values as text.</param>
    public static SettingsSource Fallback(string name, IReadOnlyDictionary<string, string> values)
    {
        var place = new SourcePlace(OriginKind.Dialect, name, 0);
        return new(name, () => new(place, [.. values.Select(pair => new RawEntry(pair.Key, place, new RawScalar(place, pair.Value, IsQuoted: true)))]), null, anyGroup: false);
    }

    /// <summary>A preset by its name.</summary>
    public static SettingsSource Preset(string name) => new($"preset {name}", () => SettingsPresets.Read(name), null, anyGroup: false);

    internal RawMap Read() => _read();

    private static RawMap Parse(string text, string name, SettingsFormat format) => format switch
    {
        SettingsFormat.Toml => TomlText.Read(text, name),
        SettingsFormat.Json => JsonText.Read(text, name),
        _ => YamlText.Read(text, name),
    };

    private static SettingsFormat? FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".yaml" or ".yml" => SettingsFormat.Yaml,
        ".toml" => SettingsFormat.Toml,
        ".json" => SettingsFormat.Json,
        _ => null,
    };

    private static string ReadText(string path, SettingsFormat? format)
    {
        var place = new SourcePlace(OriginKind.File, Path.GetFileName(path), 0);
        if (format is null) throw new SourceSyntaxException(place, "Settings are read from .yaml, .yml, .toml and .json files.");
        try
        {
            // a text in another encoding must not become a file name with question marks
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(System.IO.File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new SourceSyntaxException(place, "The file is not in UTF-8: save it as UTF-8.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SourceSyntaxException(place, $"The file {path} cannot be read: {error.Message}");
        }
    }
}
