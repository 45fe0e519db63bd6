using System.Buffers;
using System.Security.Cryptography;

namespace LoraBridge.Checkpoints;

/// <summary>The hashes by which people and sites know a checkpoint. Each streams over the file once.</summary>
public static class CheckpointHashes
{
    private const int Piece = 1 << 20;

    /// <summary>SHA-256 of the whole file as 64 lower-case hex digits; the web UI shows the first 10 (AutoV2).</summary>
    /// <param name="path">Any file.</param>
    /// <param name="progress">Hears the bytes hashed so far.</param>
    /// <param name="cancel">Stops between two pieces.</param>
    public static string Sha256(string path, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        using var file = FileRange.Open(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ForEachPiece(file.Read, 0, file.Length, hash.AppendData, progress, cancel);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// The model hash and the legacy hash of a LoRA. The data is taken in the file's own order, as the web UI takes it;
    /// in a file of the reference writer's that is the reference order.
    /// </summary>
    public static LoraHashes Lora(SafetensorsFile file, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        var tensors = file.Tensors.Values.Select(entry => (entry.Name, entry.Type, entry.Shape));
        // without any metadata in the file there is none in the serialisation either
        var layout = SafetensorsLayout.Of(tensors, file.HasMetadata ? LoraHashes.LegacyMetadata(file.Metadata) : null);
        using var stream = new LoraHashStream(layout.Header);
        ForEachPiece(file.ReadData, 0, file.DataLength, stream.Write, progress, cancel);
        return stream.Finish();
    }

    /// <summary>The eight-digit hash of old web UIs (AutoV1): of the 64 KiB from the file's second MiB on.</summary>
    public static string Legacy(string path)
    {
        using var file = FileRange.Open(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ForEachPiece(file.Read, Math.Min(LoraHashStream.WindowBegin, file.Length), Math.Min(LoraHashStream.WindowEnd, file.Length), hash.AppendData, null, default);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..8];
    }

    private delegate void Append(ReadOnlySpan<byte> piece);

    private static void ForEachPiece(ReadBytes read, long begin, long end, Append append, IProgress<long>? progress, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        for (var offset = begin; offset < end;)
        {
            cancel.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset));
            read(offset, piece);
            append(piece);
            offset += piece.Length;
            progress?.Report(offset - begin);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
