using System.Security.Cryptography;

namespace LoraBridge.Checkpoints;

/// <summary>The two hashes by which LoRA files are known, whatever their metadata says.</summary>
/// <param name="Model">SHA-256 of the data buffer, 64 lower-case hex digits: <c>sshs_model_hash</c>.</param>
/// <param name="Legacy">Eight hex digits of the older hash, <c>sshs_legacy_hash</c>.</param>
public sealed record LoraHashes(string Model, string Legacy)
{
    /// <summary>The first 12 digits of the model hash: what the web UI writes into pictures, and sharing sites call AutoV3.</summary>
    public string AutoV3 => Model[..12];

    /// <summary>The part of the metadata that the legacy hash is defined over: the trainer's own keys; null for none.</summary>
    public static IReadOnlyDictionary<string, string>? LegacyMetadata(IReadOnlyDictionary<string, string>? metadata) =>
        metadata?.Where(pair => pair.Key.StartsWith("ss_", StringComparison.Ordinal)).ToDictionary();
}

/// <summary>Takes a file's data and keeps both hashes of it; the header counts for the legacy one's window alone.</summary>
internal sealed class LoraHashStream : Stream
{
    /// <summary>The legacy hash sees 64 KiB of the file from its second MiB on.</summary>
    public const long WindowBegin = 0x100000, WindowEnd = 0x110000;

    private readonly IncrementalHash _model = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _legacy = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    public LoraHashStream(ReadOnlySpan<byte> header) => AppendToWindow(header);

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _position;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _model.AppendData(buffer);
        AppendToWindow(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public LoraHashes Finish() => new(Hex(_model), Hex(_legacy)[..8]);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _model.Dispose();
        _legacy.Dispose();
        base.Dispose(disposing);
    }

    private void AppendToWindow(ReadOnlySpan<byte> bytes)
    {
        var from = Math.Clamp(WindowBegin - _position, 0, bytes.Length);
        var to = Math.Clamp(WindowEnd - _position, 0, bytes.Length);
        _legacy.AppendData(bytes[(int)from..(int)to]);
        _position += bytes.Length;
    }

    private static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());
}
