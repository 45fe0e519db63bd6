using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace LoraBridge.Server.Presets;

/// <summary>Settings for trainings under a name, as they are saved.</summary>
internal sealed record PresetDraft
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string Description { get; init; } = "";

    /// <summary>What it teaches: style, character or object; null for anything.</summary>
    public string? Subject { get; init; }

    /// <summary>How much time it takes: quick, balanced or thorough; null where nobody said.</summary>
    public string? Pace { get; init; }

    /// <summary>The settings, in anybody's words; they are kept in ours.</summary>
    public required JsonObject Settings { get; init; }
}

/// <summary>Settings for trainings under a name.</summary>
internal sealed record Preset
{
    /// <summary>Its name in addresses.</summary>
    public required string Id { get; init; }

    /// <summary>1 when it is new, one more after every change; also the ETag.</summary>
    public long Version { get; init; } = 1;

    /// <summary>Whether it came with LoraBridge and stays as it is.</summary>
    public bool BuiltIn { get; init; }

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>What it teaches: style, character or object; absent for anything.</summary>
    public string? Subject { get; init; }

    /// <summary>How much time it takes: quick, balanced or thorough; absent where nobody said.</summary>
    public string? Pace { get; init; }

    /// <summary>The settings by group and name, only those that are not left to the defaults.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>When it was saved first; absent for those that came with LoraBridge.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was saved last; absent for those that came with LoraBridge.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>All presets.</summary>
/// <param name="Presets">Those that came with LoraBridge, then the saved ones, the last changed first.</param>
/// <param name="Subjects">What can be taught.</param>
/// <param name="Paces">How much time can be taken.</param>
/// <param name="Problems">Files that cannot be read, a sentence each.</param>
internal sealed record PresetList(IReadOnlyList<Preset> Presets, IReadOnlyList<PresetWord> Subjects, IReadOnlyList<PresetWord> Paces, IReadOnlyList<string> Problems);

/// <summary>A word by which presets are chosen.</summary>
/// <param name="Name">As presets have it.</param>
/// <param name="Title">For people.</param>
/// <param name="Meaning">What it means, in a sentence.</param>
internal sealed record PresetWord(string Name, string Title, string Meaning);

/// <summary>A text of settings that is to be read.</summary>
internal sealed record PresetImport
{
    /// <summary>The text: a file of kohya's trainer or another's, or a command line.</summary>
    public required string Text { get; init; }

    /// <summary>The file's name, by whose ending the language is told.</summary>
    public string? FileName { get; init; }

    /// <summary>The language: toml, yaml, json or arguments; null tells it by the file's name, or else by the text.</summary>
    public string? Format { get; init; }

    /// <summary>What to call it; null for the file's name.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is saved as a preset, if there is nothing wrong with it.</summary>
    public bool Save { get; init; }
}

/// <summary>What a text of settings came to.</summary>
/// <param name="Format">The language it was read in.</param>
/// <param name="Settings">What it sets, in our words.</param>
/// <param name="Problems">What there is to say about it.</param>
/// <param name="Preset">The preset that was saved; null where none was.</param>
internal sealed record ImportedSettings(string Format, JsonObject Settings, IReadOnlyList<SettingsRemark> Problems, Preset? Preset);

/// <summary>Settings that are to be looked at.</summary>
/// <param name="Settings">In anybody's words.</param>
internal sealed record SettingsQuestion([property: JsonRequired] JsonObject Settings);

/// <summary>What settings came to.</summary>
/// <param name="Settings">What they set, in our words.</param>
/// <param name="Problems">What there is to say about them.</param>
internal sealed record CheckedSettings(JsonObject Settings, IReadOnlyList<SettingsRemark> Problems);

/// <summary>Something to say about settings.</summary>
/// <param name="Severity">note, warning or error.</param>
/// <param name="Message">What, and the cure.</param>
/// <param name="Place">Where the text stands; empty for a matter of several values.</param>
/// <param name="Settings">The full names of the settings it is about.</param>
internal sealed record SettingsRemark(string Severity, string Message, string Place, IReadOnlyList<string> Settings);
