using LoraBridge.Checkpoints;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>Writes adapters, and reads every file again before it says so.</summary>
internal static class LoraWriter
{
    /// <summary>The hash of the data among the remarks.</summary>
    public const string ModelHash = "sshs_model_hash";

    private const string LegacyHash = "sshs_legacy_hash";

    /// <summary>Writes all modules in a layout.</summary>
    /// <returns>The files and their hashes.</returns>
    public static IReadOnlyList<SavedLora> Write(LoraFile file, string path, LoraSaveOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (file.Modules.Count == 0) throw new LoraMismatchException(path, "(no modules)", "is all there is to write", "Give the adapter at least one module.");
        using var scope = NewDisposeScope();
        var metadata = Carried(options.Metadata ?? file.Metadata);
        switch (options.Layout)
        {
            case LoraLayout.Diffusers:
                metadata["format"] = "pt";                                      // some of diffusers' loaders refuse a file without
                return [Save(path, StoredTensors.Cast(DiffusersLayout.Tensors(file, path), options.Type, path), metadata)];
            case LoraLayout.Peft:
                metadata["format"] = "pt";
                return PeftFolder.Write(file, path, (name, tensors) => Save(name, StoredTensors.Cast(tensors, options.Type, name), metadata));
            default:
                return [Save(path, StoredTensors.Cast(KohyaLayout.Tensors(file), options.Type, path), metadata)];
        }
    }

    // hashes are of the file they stand in, and settings of another layout would be read with this one's alpha
    private static Dictionary<string, string> Carried(IReadOnlyDictionary<string, string> metadata) => metadata
        .Where(pair => !pair.Key.StartsWith("sshs_", StringComparison.Ordinal) && pair.Key is not (AdapterConfig.MetadataKey or "format"))
        .ToDictionary(StringComparer.Ordinal);

    private static SavedLora Save(string path, Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata)
    {
        var hashes = SafetensorsWriter.ComputeHashes(tensors, metadata);
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>(metadata, StringComparer.Ordinal) { [ModelHash] = hashes.Model, [LegacyHash] = hashes.Legacy });
        Verify(path, tensors, hashes);
        return new(path, hashes);
    }

    private static void Verify(string path, Dictionary<string, Tensor> tensors, LoraHashes hashes)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (var (name, tensor) in tensors)
        {
            using var scope = NewDisposeScope();
            var (written, read) = (tensor.cpu().contiguous(), file.Read(name));
            if (read.dtype != written.dtype || !read.shape.SequenceEqual(written.shape) || !read.bytes.SequenceEqual(written.bytes))
                throw new CheckpointFormatException(path, $"'{name}' was read back with other bits than were written", "Check the disk and write again");
        }
        if (CheckpointHashes.Lora(file) != hashes)
            throw new CheckpointFormatException(path, "the file was read back with another hash than it was written with", "Check the disk and write again");
    }
}
