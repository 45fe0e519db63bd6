using System.Buffers.Text;
using System.Text.Json;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>An embedding that travels in a picture: JSON in base 64 in the text entry <c>sd-ti-embedding</c>, its numbers as nested lists.</summary>
internal static class EmbeddingPicture
{
    public const string TextKey = "sd-ti-embedding";

    /// <returns>The embedding, by its own name; by the file's when it has none.</returns>
    /// <exception cref="CheckpointFormatException">The text has no embedding, or a broken one.</exception>
    public static TextEmbedding Read(IReadOnlyDictionary<string, string> text, string path, string hash)
    {
        if (!text.TryGetValue(TextKey, out var encoded))
            throw new CheckpointFormatException(path, $"this picture holds no embedding in its text ('{TextKey}'); one hidden in the pixels is not read", "Convert it to .pt or .safetensors");
        if (!Base64.IsValid(encoded)) throw Broken(path, "is not base 64");
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(encoded));
            return Read(document.RootElement, path, hash);
        }
        catch (JsonException error)
        {
            throw Broken(path, "is not JSON", error);
        }
    }

    private static TextEmbedding Read(JsonElement root, string path, string hash)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("string_to_param", out var parameters) || parameters.ValueKind != JsonValueKind.Object)
            throw Broken(path, "has no string_to_param");
        var tensors = parameters.EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.Object && item.Value.TryGetProperty("TORCHTENSOR", out _)).ToList();
        if (tensors.Count != 1) throw Broken(path, $"has {tensors.Count} tensors, where an embedding has one");

        var list = tensors[0].Value.GetProperty("TORCHTENSOR");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0) throw Broken(path, "has no vectors");
        var rows = list[0].ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [list];
        if (rows.Any(row => row.ValueKind != JsonValueKind.Array || row.GetArrayLength() != rows[0].GetArrayLength() || row.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Number)))
            throw Broken(path, "has vectors of different widths, or values that are no numbers");
        float[] values = [.. rows.SelectMany(row => row.EnumerateArray()).Select(item => item.GetSingle())];

        using var scope = NewDisposeScope();
        var vectors = tensor(values, [rows.Count, rows[0].GetArrayLength()], dtype: float32);
        var name = root.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        return TextEmbedding.FromTensor(name.Length > 0 ? name : Path.GetFileNameWithoutExtension(path), vectors, path, hash);
    }

    private static CheckpointFormatException Broken(string path, string reason, Exception? inner = null) =>
        new(path, $"the embedding in this picture {reason}", "Get the picture again, unedited and as a file: sites that shrink pictures remove their text", inner);
}
