using System.Text.Json;

namespace LoraBridge.Checkpoints;

/// <summary>Reads what a safetensors header says of one tensor: <c>{"dtype", "shape", "data_offsets"}</c>.</summary>
internal static class SafetensorsEntryReader
{
    /// <summary>Reads from the object's opening brace to its closing one, and checks the length against type and shape.</summary>
    public static TensorEntry Read(ref Utf8JsonReader reader, string name, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Broken(name, path, "is not described by an object");
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // fields of other names are passed over, as the reference reader does: what is ignored cannot be ambiguous
            if (reader.ValueTextEquals("dtype"u8)) dtype = Once(dtype, "dtype", name, path) ?? ReadText(ref reader, name, path);
            else if (reader.ValueTextEquals("shape"u8)) shape = Once(shape, "shape", name, path) ?? ReadNumbers(ref reader, "shape", name, path);
            else if (reader.ValueTextEquals("data_offsets"u8)) offsets = Once(offsets, "data_offsets", name, path) ?? ReadNumbers(ref reader, "data_offsets", name, path);
            else reader.Skip();
        }
        return Check(name, path, dtype, shape, offsets);
    }

    private static TensorEntry Check(string name, string path, string? dtype, List<long>? shape, List<long>? offsets)
    {
        if (dtype is null || shape is null || offsets is null) throw Broken(name, path, "lacks its dtype, shape or data_offsets");
        if (!TensorTypes.TryParse(dtype, out var type))
            throw new CheckpointFormatException(path, $"the tensor '{SafetensorsHeader.Shown(name)}' has the unknown dtype '{SafetensorsHeader.Shown(dtype)}'", "Save it in a type of the format, such as F16");
        if (offsets is not [var begin, var end]) throw Broken(name, path, $"has {offsets.Count} data_offsets instead of two");
        if (end < begin) throw Broken(name, path, $"ends at {end:N0}, before it begins at {begin:N0}");
        if (type.ByteLength(shape) is not { } length)
            throw Broken(name, path, $"of type {dtype} and shape [{Shown(shape)}] has no whole number of bytes below 2^63");
        if (length != end - begin)
            throw Broken(name, path, $"of type {dtype} and shape [{Shown(shape)}] needs {length:N0} bytes and has {end - begin:N0}");
        return new TensorEntry(name, type, shape, begin, end);
    }

    /// <summary>Null when the field is met for the first time.</summary>
    private static T? Once<T>(T? known, string field, string name, string path) where T : class =>
        known is null ? null : throw Broken(name, path, $"has its {field} twice");

    private static string ReadText(ref Utf8JsonReader reader, string name, string path)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Broken(name, path, "has a dtype that is not text");
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string field, string name, string path)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Broken(name, path, $"has a {field} that is not a list");
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out var number) || number > long.MaxValue)
                throw Broken(name, path, $"has a {field} with something else than whole numbers from 0 to 2^63 - 1");
            numbers.Add((long)number);
        }
        return numbers;
    }

    private static string Shown(List<long> shape) => SafetensorsHeader.Shown(string.Join(", ", shape.Take(16)) + (shape.Count > 16 ? ", …" : ""));

    private static CheckpointFormatException Broken(string name, string path, string what) => new(path, $"the tensor '{SafetensorsHeader.Shown(name)}' {what}");
}
