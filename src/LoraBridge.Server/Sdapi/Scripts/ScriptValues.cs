using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>The arguments that a script was given; missing ones at the end have their defaults.</summary>
/// <param name="script">The script.</param>
/// <param name="given">What the request says.</param>
internal sealed class ScriptValues(Script script, IReadOnlyList<JsonElement> given)
{
    /// <summary>Whether the request says an argument.</summary>
    public bool Has(int index) => Given(index) is not null;

    public string Text(int index) => Given(index) is { } value ? FieldValue.Text(value) ?? throw Wrong(index, "text") : script.Arguments[index].Value as string ?? "";

    public bool Flag(int index) => Given(index) is { } value ? FieldValue.Flag(value) ?? throw Wrong(index, "true or false") : script.Arguments[index].Value is true;

    public long Integer(int index) => Given(index) is { } value ? FieldValue.Integer(value) ?? throw Wrong(index, "a whole number") : Convert.ToInt64(script.Arguments[index].Value ?? 0L);

    public double Number(int index) => Given(index) is { } value ? FieldValue.Number(value) ?? throw Wrong(index, "a number") : Convert.ToDouble(script.Arguments[index].Value ?? 0.0);

    /// <summary>One of the argument's choices, by its place or by its name in any case.</summary>
    public int Choice(int index) => Choice(index, script.Arguments[index].Choices ?? []);

    /// <summary>The same among other choices than the argument's own.</summary>
    public int Choice(int index, IReadOnlyList<string> choices)
    {
        if (Given(index) is not { } value) return Math.Max(0, choices.ToList().IndexOf(script.Arguments[index].Value as string ?? ""));
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var place) && place >= 0 && place < choices.Count) return place;
        var name = FieldValue.Text(value);
        var found = choices.ToList().FindIndex(choice => string.Equals(choice, name, StringComparison.OrdinalIgnoreCase));
        return found >= 0 ? found : throw Wrong(index, $"one of {string.Join(", ", choices)}");
    }

    /// <summary>A list of texts; empty where none was given.</summary>
    public IReadOnlyList<string> Texts(int index) =>
        Given(index) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(element => FieldValue.Text(element) ?? throw Wrong(index, "a list of texts"))] : [];

    private JsonElement? Given(int index) => index < given.Count && given[index].ValueKind != JsonValueKind.Null ? given[index] : null;

    private SdapiException Wrong(int index, string expected) => new(422, $"Script '{script.Name}': argument {index} ({script.Arguments[index].Label}) must be {expected}");
}
