using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>JSON as the WebUI writes it: snake_case, nulls included, whole floats with their ".0".</summary>
internal static class SdapiJson
{
    /// <summary>For bodies; text is not escaped beyond need.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FloatConverter() },
        MaxDepth = 256,
    };

    /// <summary>For the metadata of cards: people read it.</summary>
    public static JsonSerializerOptions Indented { get; } = new(Options) { WriteIndented = true, IndentSize = 4, NewLine = "\n" };

    /// <summary>JSON inside of JSON, where the WebUI escapes all that is not ASCII.</summary>
    public static string Ascii(object value)
    {
        var json = JsonSerializer.Serialize(value, Options);
        if (Encoding.UTF8.GetByteCount(json) == json.Length) return json;
        var text = new StringBuilder(json.Length + 64);
        // such characters stand in strings alone, where an escape means the same
        foreach (var letter in json)
            if (letter < 128) text.Append(letter);
            else text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
        return text.ToString();
    }

    /// <summary>A number as Python writes a float: <c>7.0</c>, <c>0.75</c>.</summary>
    public static string Float(double number) =>
        double.IsInteger(number) && Math.Abs(number) < 1e16 ? number.ToString("0.0", CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture);

    private sealed class FloatConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteRawValue(Float(value));
            else writer.WriteNullValue();
        }
    }
}
