using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace LoraBridge.Server.Errors;

/// <summary>
/// Looks at JSON of any form when it comes: what is no Unicode, and which of two values of one name is meant, would else be found out
/// when somebody uses it, and be that one's failure.
/// </summary>
internal static class StrictJson
{
    /// <summary>Checks a value and all within it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="mayRepeat">Whether an object may have a name twice, the last one being meant.</param>
    /// <exception cref="JsonException">A text is no Unicode, or a name stands twice.</exception>
    public static void Check(JsonElement value, bool mayRepeat = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in value.EnumerateObject())
                {
                    CheckText(JsonMarshal.GetRawUtf8PropertyName(member), () => member.Name);
                    if (!mayRepeat && !names.Add(member.Name)) throw new JsonException($"'{member.Name}' is there twice");
                    Check(member.Value, mayRepeat);
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Check(item, mayRepeat);
                break;
            case JsonValueKind.String:
                CheckText(JsonMarshal.GetRawUtf8Value(value), value.GetString);
                break;
        }
    }

    // pictures are long texts without escapes: they are not copied for it
    private static void CheckText(ReadOnlySpan<byte> raw, Func<string?> read)
    {
        if (raw.IndexOf("\\u"u8) < 0 && Utf8.IsValid(raw)) return;
        try
        {
            read();
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("a text is not valid Unicode");
        }
    }

    private static JsonElement Read(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        Check(document.RootElement);
        return document.RootElement.Clone();
    }

    /// <summary>Reads <see cref="JsonObject"/> so.</summary>
    internal sealed class Objects : JsonConverter<JsonObject>
    {
        public override JsonObject Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            StrictJson.Read(ref reader) is { ValueKind: JsonValueKind.Object } value ? JsonObject.Create(value)! : throw new JsonException("it is no JSON object");

        public override void Write(Utf8JsonWriter writer, JsonObject value, JsonSerializerOptions options) => value.WriteTo(writer, options);
    }

    /// <summary>Reads <see cref="JsonElement"/> so.</summary>
    internal sealed class Elements : JsonConverter<JsonElement>
    {
        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => StrictJson.Read(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => value.WriteTo(writer);
    }
}
