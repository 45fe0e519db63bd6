using System.Text.Json;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>The values of a request's fields; what was not given, or given as null, has its default.</summary>
internal sealed class FieldValues
{
    private readonly OrderedDictionary<string, object?> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>All fields of a table at their defaults.</summary>
    public FieldValues(FieldTable table)
    {
        Table = table;
        foreach (var field in table.Fields) _values[field.Name] = field.Default ?? (field.Kind == FieldKind.Text && field.Required ? "" : null);
    }

    private FieldValues(FieldValues other)
    {
        Table = other.Table;
        foreach (var (name, value) in other._values) _values[name] = value;
        _given.UnionWith(other._given);
    }

    /// <summary>The fields.</summary>
    public FieldTable Table { get; }

    /// <summary>All fields in the order of their table, for an answer that repeats the request.</summary>
    public IReadOnlyDictionary<string, object?> All => _values;

    /// <summary>Whether the request said it, with something else than null.</summary>
    public bool IsGiven(string name) => _given.Contains(name);

    /// <summary>Sets what the request said.</summary>
    public void Give(string name, object? value)
    {
        Set(name, value);
        _given.Add(name);
    }

    /// <summary>Sets a value that the request did not say.</summary>
    public void Set(string name, object? value)
    {
        if (!_values.ContainsKey(name)) throw new ArgumentException($"A request of this kind has no field '{name}'.", nameof(name));
        _values[name] = value;
    }

    /// <summary>Another set of the same values.</summary>
    public FieldValues Copy() => new(this);

    public long Integer(string name) => (long)_values[name]!;

    /// <summary>A whole number that fits a size or a count; beyond it the greatest or least that does.</summary>
    public int Count(string name) => (int)Math.Clamp(Integer(name), int.MinValue, int.MaxValue);

    public int? CountOrNull(string name) => _values[name] is null ? null : Count(name);

    public double Number(string name) => (double)_values[name]!;

    public double? NumberOrNull(string name) => (double?)_values[name];

    public bool Flag(string name) => (bool)_values[name]!;

    public bool? FlagOrNull(string name) => (bool?)_values[name];

    public string Text(string name) => (string)_values[name]!;

    public string? TextOrNull(string name) => (string?)_values[name];

    public IReadOnlyList<string> Texts(string name) => (List<string>?)_values[name] ?? [];

    public IReadOnlyList<JsonElement> List(string name) => (List<JsonElement>?)_values[name] ?? [];

    public IReadOnlyList<FieldValues> Objects(string name) => (List<FieldValues>?)_values[name] ?? [];

    /// <summary>The members of an object in its order, the last of a name; none where there is no object.</summary>
    public IReadOnlyDictionary<string, JsonElement> Members(string name)
    {
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        if (_values[name] is JsonElement { ValueKind: JsonValueKind.Object } value)
            foreach (var member in value.EnumerateObject()) members[member.Name] = member.Value;
        return members;
    }
}
