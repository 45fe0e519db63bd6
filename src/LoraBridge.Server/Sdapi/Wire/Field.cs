namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>What a field of a request holds.</summary>
internal enum FieldKind
{
    /// <summary>A whole number; floats are cut, numeric text and truth values are taken.</summary>
    Integer,

    /// <summary>A number; numeric text is taken.</summary>
    Number,

    /// <summary>A truth value; 0, 1 and words such as yes and off are taken.</summary>
    Flag,

    /// <summary>Text; numbers are taken as they print.</summary>
    Text,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A list of anything.</summary>
    List,

    /// <summary>A JSON object.</summary>
    Object,
}

/// <summary>One field of a request: its name, what it holds, what it is when it is missing or null, what it may be.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Default">long, double, bool, string or null; lists and objects have none.</param>
internal sealed record Field(string Name, FieldKind Kind, object? Default = null)
{
    /// <summary>The least value allowed.</summary>
    public double? AtLeast { get; init; }

    /// <summary>The value that must be passed.</summary>
    public double? Above { get; init; }

    /// <summary>The greatest value allowed.</summary>
    public double? AtMost { get; init; }

    /// <summary>The only values allowed.</summary>
    public IReadOnlyList<long> OneOf { get; init; } = [];

    /// <summary>Whether it must be there.</summary>
    public bool Required { get; init; }

    /// <summary>The fields of a list's elements, each an object; null for anything.</summary>
    public FieldTable? Elements { get; init; }

    public static Field Integer(string name, long? value = null) => new(name, FieldKind.Integer, value);

    public static Field Number(string name, double? value = null) => new(name, FieldKind.Number, value);

    public static Field Flag(string name, bool? value = null) => new(name, FieldKind.Flag, value);

    public static Field Text(string name, string? value = null) => new(name, FieldKind.Text, value);
}
