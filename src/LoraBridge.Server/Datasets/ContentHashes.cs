using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace LoraBridge.Server.Datasets;

/// <summary>SHA-256 of files, kept in memory as long as their size and time of change stay.</summary>
internal sealed class ContentHashes
{
    private readonly ConcurrentDictionary<string, (long Length, DateTime Changed, string Hash)> _known = new(StringComparer.Ordinal);

    /// <summary>The hash of a file, 64 lower-case hex digits.</summary>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    public string Of(string path)
    {
        var file = new FileInfo(path);
        if (_known.TryGetValue(path, out var known) && file.Exists && known.Length == file.Length && known.Changed == file.LastWriteTimeUtc) return known.Hash;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (file.Exists) _known[path] = (file.Length, file.LastWriteTimeUtc, hash);
        return hash;
    }

    /// <summary>The hash of bytes in memory.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
