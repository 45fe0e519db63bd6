using LoraBridge.Files;
using static TorchSharp.torch;

namespace LoraBridge.Checkpoints;

/// <summary>Writes safetensors files exactly as the reference library does.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes the tensors, whatever their device and strides, one after another without a second copy of them all.
    /// The file appears whole or not at all; an older one of the same name stays until then.
    /// </summary>
    /// <exception cref="ArgumentException">A tensor's type or name, or a metadata text, has no place in the format.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var layout = Layout(tensors, metadata);
        using var file = new AtomicFile(path);
        file.Stream.Write(layout.Header);
        foreach (var entry in layout.Entries) CopyTo(file.Stream, tensors[entry.Name]);
        file.Commit();
    }

    /// <summary>The hashes that the file written from these tensors would have, without writing it.</summary>
    public static LoraHashes ComputeHashes(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var layout = Layout(tensors, LoraHashes.LegacyMetadata(metadata));
        using var stream = new LoraHashStream(layout.Header);
        foreach (var entry in layout.Entries) CopyTo(stream, tensors[entry.Name]);
        return stream.Finish();
    }

    private static SafetensorsLayout Layout(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata) =>
        SafetensorsLayout.Of(tensors.Select(pair => (pair.Key, TypeOf(pair.Key, pair.Value), (IReadOnlyList<long>)pair.Value.shape)), metadata);

    private static TensorType TypeOf(string name, Tensor tensor) =>
        TorchTypes.Of(tensor.dtype) ?? throw new ArgumentException($"The tensor '{name}' is of type {tensor.dtype}, which the format lacks: cast it first.", nameof(tensor));

    private static void CopyTo(Stream stream, Tensor tensor)
    {
        if (tensor.NumberOfElements == 0) return;
        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu().contiguous();
        if (plain.NumberOfElements * plain.ElementSize <= int.MaxValue) stream.Write(plain.bytes);
        else plain.WriteBytesToStream(stream, bufferSize: 1 << 22);             // spans end at 2 GiB
    }
}
