using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Presets;

/// <summary>Every setting of a training, so that a form can be drawn of it. It is made of the library's records: nothing here knows a setting.</summary>
/// <param name="Version">Another one whenever something is different.</param>
/// <param name="Groups">In the order of the records.</param>
internal sealed partial record TrainingSchema(string Version, IReadOnlyList<SchemaGroup> Groups)
{
    /// <summary>Words that are not written in small letters.</summary>
    private static readonly Dictionary<string, string> s_written = new[] { "VAE", "SNR", "EMA", "UNet", "LoRA", "CPU", "GPU", "TensorBoard" }.ToDictionary(word => word.ToLowerInvariant());

    private static readonly Lazy<TrainingSchema> s_current = new(Make);

    /// <summary>The schema of this version.</summary>
    public static TrainingSchema Current => s_current.Value;

    private static TrainingSchema Make()
    {
        var groups = SettingsCatalog.Groups.Select(group => new SchemaGroup(group, Title(group), SettingsCatalog.MeaningOf(group), group == SettingsWords.DataGroup,
            [.. SettingsCatalog.All.Where(setting => setting.Group == group).Select(Field)])).ToList();
        return new(Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(groups)))[..16], groups);
    }

    private static SchemaField Field(Setting setting)
    {
        var advice = SettingAdvice.Of(setting.Path);
        return new()
        {
            Path = setting.Path,
            Group = setting.Group,
            Name = setting.Name,
            Title = Title(setting.Name),
            Kind = Word(setting.Kind),
            Element = setting.ElementKind is { } element ? Word(element) : null,
            Optional = setting.IsOptional,
            Default = setting.Default is { } value ? JsonSerializer.SerializeToNode(value, value.GetType(), SettingsJson.Options) : null,
            Minimum = setting.Bounds?.Minimum,
            Maximum = setting.Bounds?.Maximum,
            MinimumExclusive = setting.Bounds?.IsMinimumExclusive ?? false,
            MaximumExclusive = setting.Bounds?.IsMaximumExclusive ?? false,
            Allowed = setting.AllowedValues.Count > 0 ? [.. setting.AllowedValues.Select(allowed => JsonSerializer.SerializeToNode(allowed))] : null,
            Choices = setting.ChoicesExplained is { Count: > 0 } choices ? [.. choices.Select(choice => new SchemaChoice(choice.Name, Title(choice.Name), choice.Meaning))] : null,
            Range = setting.Range,
            Effect = setting.Meaning,
            Consequence = advice.Consequence,
            Level = advice.Level,
            Words = setting.Words,
        };
    }

    private static string Word(SettingKind kind) => kind == SettingKind.WholeNumber ? "integer" : kind.ToString().ToLowerInvariant();

    /// <summary>A name for people: gradientAccumulation becomes Gradient accumulation. Names that have capitals of their own, such as AdamW8bit, stay.</summary>
    private static string Title(string name)
    {
        if (char.IsUpper(name[0])) return name;
        var words = Words().Matches(name).Select(word => s_written.GetValueOrDefault(word.Value.ToLowerInvariant(), word.Value.ToLowerInvariant()));
        var title = string.Join(' ', words);
        return char.ToUpper(title[0], CultureInfo.InvariantCulture) + title[1..];
    }

    [GeneratedRegex("UNet|[A-Za-z][a-z0-9]*")]
    private static partial Regex Words();
}

/// <summary>Settings that belong together.</summary>
/// <param name="Name">As settings have it.</param>
/// <param name="Title">For people.</param>
/// <param name="Meaning">What it is about, in a sentence.</param>
/// <param name="IsList">Whether there may be several of it: settings are then a list of objects.</param>
/// <param name="Settings">In the order of the record.</param>
internal sealed record SchemaGroup(string Name, string Title, string Meaning, bool IsList, IReadOnlyList<SchemaField> Settings);

/// <summary>One of several values.</summary>
/// <param name="Name">As settings have it.</param>
/// <param name="Title">For people.</param>
/// <param name="Meaning">What it means, in a sentence.</param>
internal sealed record SchemaChoice(string Name, string Title, string Meaning);

/// <summary>A setting.</summary>
internal sealed record SchemaField
{
    /// <summary>Its full name.</summary>
    public required string Path { get; init; }

    /// <summary>The group it belongs to.</summary>
    public required string Group { get; init; }

    /// <summary>Its name in the group.</summary>
    public required string Name { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Title { get; init; }

    /// <summary>What kind of value it has: boolean, integer, number, text, choice, steps, list or table.</summary>
    public required string Kind { get; init; }

    /// <summary>What kind its items have, where they are several.</summary>
    public string? Element { get; init; }

    /// <summary>Whether it may be null.</summary>
    public bool Optional { get; init; }

    /// <summary>The value without any word from the user; absent for none.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>The least value.</summary>
    public double? Minimum { get; init; }

    /// <summary>The greatest value.</summary>
    public double? Maximum { get; init; }

    /// <summary>Whether the least value itself is not allowed.</summary>
    public bool MinimumExclusive { get; init; }

    /// <summary>Whether the greatest value itself is not allowed.</summary>
    public bool MaximumExclusive { get; init; }

    /// <summary>The values allowed, where they are few.</summary>
    public IReadOnlyList<JsonNode?>? Allowed { get; init; }

    /// <summary>The values of a choice.</summary>
    public IReadOnlyList<SchemaChoice>? Choices { get; init; }

    /// <summary>The values allowed, in words; empty where the kind says it all.</summary>
    public required string Range { get; init; }

    /// <summary>What it does, in a sentence.</summary>
    public required string Effect { get; init; }

    /// <summary>What follows from more or less of it, in a sentence.</summary>
    public required string Consequence { get; init; }

    /// <summary>Who needs it: basic for everybody, usual for many, expert for few.</summary>
    public required string Level { get; init; }

    /// <summary>Other words for it, of tutorials and other trainers.</summary>
    public required IReadOnlyList<string> Words { get; init; }
}
