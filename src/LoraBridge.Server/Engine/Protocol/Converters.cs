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
