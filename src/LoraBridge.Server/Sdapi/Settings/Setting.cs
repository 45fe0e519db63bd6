using System.Text.Json;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Settings;

/// <summary>One setting of the WebUI.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Default">long, double, bool, string, a list of strings, or null.</param>
internal sealed record Setting(string Name, object? Default)
{
    /// <summary>The key in words, for people.</summary>
    public string Label => char.ToUpperInvariant(Name[0]) + Name[1..].Replace('_', ' ');

    /// <summary>The key under which pictures tell of it; null for none.</summary>
    public string? Infotext { get; init; }

    /// <summary>Whether clients may read but not write it.</summary>
    public bool IsRestricted { get; init; }

    /// <summary>A stored value as clients read it: whole numbers whose default is not 0 become floats, as in the WebUI.</summary>
    public object? Shown(object? value) => Default is long and not 0 && Whole(value) is { } whole ? (double)whole : value;

    private static long? Whole(object? value) => value switch
    {
        long whole => whole,
        JsonElement { ValueKind: JsonValueKind.Number } element => FieldValue.Integer(element),
        _ => null,
    };
}
