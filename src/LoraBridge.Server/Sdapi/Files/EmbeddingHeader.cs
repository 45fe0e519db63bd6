using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Pickle;
using LoraBridge.Imaging;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>What a textual-inversion file says of itself; its numbers are not read, so no torch is needed.</summary>
/// <param name="Name">What stands for it in prompts.</param>
/// <param name="Width">The width of its vectors.</param>
/// <param name="Vectors">How many they are.</param>
internal sealed record EmbeddingHeader(string Name, int Width, int Vectors)
{
    private const string PictureKey = "sd-ti-embedding";

    /// <summary>Training steps, where the trainer wrote them.</summary>
    public long? Step { get; init; }

    /// <summary>The short hash of the checkpoint it was trained on.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>That checkpoint's name.</summary>
    public string? CheckpointName { get; init; }

    /// <summary>Reads a file; null for one that holds no embedding.</summary>
    public static EmbeddingHeader? Read(string path)
    {
        try
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(path);
            if (IsPicture(path)) return PictureFile.Probe(path).Text.TryGetValue(PictureKey, out var text) ? OfPicture(text, name) : null;
            using var file = CheckpointFile.Open(path);
            return file is PickleCheckpointFile { Root: PickledMapping root } ? OfPickle(root, name) : Of(file.Tensors.Values, name);
        }
        catch (Exception error) when (error is CheckpointFormatException or PictureFormatException or IOException or UnauthorizedAccessException or FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static bool IsPicture(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant() is ".png" or ".webp";

    private static EmbeddingHeader? Of(IEnumerable<TensorEntry> tensors, string name)
    {
        // SDXL's have a tensor for each text encoder; the wider one tells
        var shapes = tensors.Select(tensor => tensor.Shape).Where(shape => shape.Count is 1 or 2).ToList();
        return shapes.Count == 0 ? null : Of(shapes.MaxBy(shape => shape[^1])!, name);
    }

    private static EmbeddingHeader Of(IReadOnlyList<long> shape, string name) => new(name, (int)shape[^1], shape.Count == 1 ? 1 : (int)shape[0]);

    private static EmbeddingHeader? OfPickle(PickledMapping root, string name)
    {
        var parameters = root.Find("string_to_param") switch
        {
            PickledRecord { State: PickledMapping state } => state.Find("_parameters") as PickledMapping,
            PickledMapping plain => plain,
            _ => root,
        };
        var tensor = parameters?.Items.Select(item => item.Value).OfType<PickledTensor>().FirstOrDefault(tensor => tensor.Shape.Count is 1 or 2);
        if (tensor is null) return null;
        return Of(tensor.Shape, name) with
        {
            Step = root.Find("step") as long?,
            Checkpoint = root.Find("sd_checkpoint") as string,
            CheckpointName = root.Find("sd_checkpoint_name") as string,
        };
    }

    private static EmbeddingHeader OfPicture(string text, string name)
    {
        using var document = JsonDocument.Parse(Convert.FromBase64String(text));
        var root = document.RootElement;
        var list = root.GetProperty("string_to_param").EnumerateObject().First().Value.GetProperty("TORCHTENSOR");
        var rows = list[0].ValueKind == JsonValueKind.Array;
        return new(Text(root, "name") is { Length: > 0 } given ? given : name, rows ? list[0].GetArrayLength() : list.GetArrayLength(), rows ? list.GetArrayLength() : 1)
        {
            Step = root.TryGetProperty("step", out var step) && step.TryGetInt64(out var steps) ? steps : null,
            Checkpoint = Text(root, "sd_checkpoint"),
            CheckpointName = Text(root, "sd_checkpoint_name"),
        };
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
