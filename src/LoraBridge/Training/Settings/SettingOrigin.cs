namespace LoraBridge.Training.Settings;

/// <summary>Kinds of places that values come from.</summary>
public enum OriginKind
{
    /// <summary>The option records.</summary>
    Default,

    /// <summary>What a program whose words the settings use takes without a word.</summary>
    Dialect,

    /// <summary>A preset.</summary>
    Preset,

    /// <summary>A file or a text.</summary>
    File,

    /// <summary>The command line.</summary>
    CommandLine,

    /// <summary>Other values.</summary>
    Derived,
}

/// <summary>Where a value comes from.</summary>
/// <param name="Kind">The kind of place.</param>
/// <param name="Place">The place: <c>lora.yaml:3</c>, a preset's name, or what it was derived from.</param>
/// <param name="Key">The key as it was written there; empty where none was.</param>
public sealed record SettingOrigin(OriginKind Kind, string Place, string Key)
{
    /// <summary>The origin of a value that nobody gave.</summary>
    public static SettingOrigin Default { get; } = new(OriginKind.Default, "default", "");

    /// <summary>In words: <c>lora.yaml:3 (network_dim)</c>.</summary>
    public override string ToString() => Key.Length > 0 ? $"{Place} ({Key})" : Place;
}
