using System.Globalization;
using System.Text.Json;
using LoraBridge.Files;

namespace LoraBridge.Checkpoints;

/// <summary>
/// SHA-256 of whole files, remembered beside their size and time of change: a checkpoint of several GB takes seconds to read.
/// </summary>
public static class FileHashes
{
    private static readonly Lock s_lock = new();

    /// <summary>The hash of a file in 64 lower-case hexadecimal digits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cacheFolder">Where hashes are remembered (hashes.json); null remembers none.</param>
    /// <param name="progress">Hears the bytes hashed so far, where the hash is not remembered.</param>
    /// <param name="cancel">Stops the hashing.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string Sha256(string path, string? cacheFolder = null, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        var file = new FileInfo(Path.GetFullPath(path));
        if (!file.Exists) throw new FileNotFoundException($"There is no file '{path}'.", path);
        if (cacheFolder is null) return CheckpointHashes.Sha256(path, progress, cancel);

        var store = Path.Combine(cacheFolder, "hashes.json");
        var state = string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
        lock (s_lock)
        {
            if (Load(store).TryGetValue(file.FullName, out var known) && known.State == state) return known.Sha256;
        }
        var hash = CheckpointHashes.Sha256(path, progress, cancel);
        lock (s_lock)
        {
            var all = Load(store);
            all[file.FullName] = new(state, hash);
            Directory.CreateDirectory(cacheFolder);
            AtomicFile.Write(store, JsonSerializer.SerializeToUtf8Bytes(all));
        }
        return hash;
    }

    // what cannot be read is forgotten: it is only a memory
    private static Dictionary<string, Entry> Load(string store)
    {
        try
        {
            return File.Exists(store) ? JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllBytes(store)) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private sealed record Entry(string State, string Sha256);
}
