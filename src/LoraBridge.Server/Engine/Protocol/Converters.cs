using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoraBridge.Imaging;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>Pictures of requests travel as PNG files, lightly packed: the way is short.</summary>
internal sealed class PictureConverter : JsonConverter<Picture>
{
    public override Picture Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        PictureFile.Read(reader.GetBytesFromBase64(), options: new() { ApplyOrientation = false });

    public override void Write(Utf8JsonWriter writer, Picture value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(PictureFile.Encode(value, new() { Compression = CompressionLevel.Fastest }));
}

/// <summary>Ranks have factories that check them, so they travel as what these take.</summary>
internal sealed class RankChoiceConverter : JsonConverter<RankChoice>
{
    public override RankChoice? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (JsonSerializer.Deserialize<Wire>(ref reader, options) is not { } wire) return null;
        return wire.Method == RankMethod.Fixed ? RankChoice.Fixed(wire.Most ?? 0) : RankChoice.Dynamic(wire.Method, wire.Threshold, wire.Most);
    }

    public override void Write(Utf8JsonWriter writer, RankChoice value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new Wire(value.Method, value.Threshold, value.Most), options);

    private sealed record Wire(RankMethod Method, double Threshold, int? Most);
}

/// <summary>Values of which only the run time knows the kind: text, truth, whole numbers and others. The latter always have a point or an exponent, by which they are told from whole ones.</summary>
internal sealed class ScalarConverter : JsonConverter<object>
{
    public override object Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Number when reader.ValueSpan.IndexOfAny((byte)'.', (byte)'E', (byte)'e') >= 0 => reader.GetDouble(),
        JsonTokenType.Number => reader.GetInt64(),
        _ => throw new JsonException($"A value is text, a truth value or a number, not {reader.TokenType}."),
    };

    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case string text: writer.WriteStringValue(text); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case double number: writer.WriteRawValue(number.ToString(double.IsInteger(number) ? "0.0###############E+0" : "R", CultureInfo.InvariantCulture)); break;
            default: writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
        }
    }
}

/// <summary>A pair as a list of two: its parts are read-only properties, which are not written elsewhere.</summary>
internal sealed class PairConverter : JsonConverter<KeyValuePair<string, object>>
{
    public override KeyValuePair<string, object> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var parts = JsonSerializer.Deserialize<object[]>(ref reader, options);
        return parts is [string key, { } value] ? new(key, value) : throw new JsonException("A pair is a list of a name and a value.");
    }

    public override void Write(Utf8JsonWriter writer, KeyValuePair<string, object> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, (object[])[value.Key, value.Value], options);
}
