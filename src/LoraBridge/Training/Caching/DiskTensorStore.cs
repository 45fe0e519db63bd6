using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>
/// Cached tensors as files, one a value, in folders by the first two digits of the key: <c>ab/ab12….safetensors</c>. A file appears whole or
/// not at all and its content follows from its name, so that runs may share a folder at the same time, and a crash leaves no half of one.
/// </summary>
/// <remarks>One file a value and not one pack: a pack would need a lock between runs, an index that a crash can break, and rewriting to shrink.</remarks>
public sealed class DiskTensorStore : ITensorStore
{
    private const string KeyName = "lorabridge.key", ChecksumName = "lorabridge.crc32c", Ending = ".safetensors";

    // a file's time of change is the time of its last use, set at most so often
    private static readonly TimeSpan s_useInterval = TimeSpan.FromMinutes(10);

    // an unfinished file so old belongs to no living run
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromDays(1);

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly long? _limit;

    /// <summary>Opens a folder, which need not exist.</summary>
    /// <param name="folder">The folder; it should hold nothing else.</param>
    /// <param name="time">What tells when a value is used; null for the system's clock.</param>
    /// <param name="limit">How many bytes may stay when the store is disposed; null for any number.</param>
    public DiskTensorStore(string folder, TimeProvider? time = null, long? limit = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _limit = limit;
        _folder = Path.GetFullPath(folder);
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public bool TryRead(CacheKey key, [NotNullWhen(true)] out IReadOnlyDictionary<string, Tensor>? tensors)
    {
        tensors = null;
        var path = PathOf(key);
        if (!File.Exists(path)) return false;
        var read = new Dictionary<string, Tensor>();
        try
        {
            using var file = SafetensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault(KeyName) != key.Hex) return false;
            foreach (var name in file.Tensors.Keys) read.Add(name, file.Read(name));
            if (file.Metadata.GetValueOrDefault(ChecksumName) == Checksum(read)) tensors = read;
        }
        catch (Exception e) when (e is CheckpointFormatException or IOException)
        {
            // cut short, no safetensors at all, or taken away by another run's trimming: made anew
        }
        finally
        {
            if (tensors is null)
                foreach (var tensor in read.Values) tensor.Dispose();
        }
        if (tensors is null) return false;
        MarkUsed(path);
        return true;
    }

    /// <inheritdoc/>
    public void Write(CacheKey key, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        using var scope = NewDisposeScope();
        var plain = tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().cpu().contiguous());
        var path = PathOf(key);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            SafetensorsWriter.Write(path, plain, new Dictionary<string, string> { [KeyName] = key.Hex, [ChecksumName] = Checksum(plain) });
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cache.folder: cannot write in '{_folder}': {refused.Message} Free some space there, choose another folder, or set cache.latentsOnDisk and cache.textStatesOnDisk to false.", refused);
        }
        MarkUsed(path);
    }

    /// <summary>Removes the values that were not used for longest until the rest fits, and what crashed runs left unfinished.</summary>
    /// <param name="bytes">How much may stay, 0 or more.</param>
    public TrimResult Trim(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (!Directory.Exists(_folder)) return new(0, 0, 0);
        RemoveAbandoned();
        var files = Files("*" + Ending).OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal).ToList();
        var (left, removed, freed) = (files.Sum(file => file.Length), 0, 0L);
        foreach (var file in files.TakeWhile(_ => left > bytes))
        {
            var length = file.Length;                                           // asked before: a deleted file has none
            file.Delete();
            (left, removed, freed) = (left - length, removed + 1, freed + length);
        }
        return new(removed, freed, left);
    }

    /// <summary>Trims the folder to the limit; every value is on the disk already.</summary>
    public void Dispose()
    {
        if (_limit is not { } limit) return;
        try
        {
            Trim(limit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // another run trims at the same time: what is left is left to the next
        }
    }

    internal string PathOf(CacheKey key) => Path.Combine(_folder, key.Hex[..2], key.Hex + Ending);

    private void RemoveAbandoned()
    {
        var limit = (_time.GetUtcNow() - s_abandonedAfter).UtcDateTime;
        foreach (var file in Files(".*.tmp").Where(file => file.LastWriteTimeUtc < limit)) file.Delete();
    }

    private List<FileInfo> Files(string pattern) =>
        [.. new DirectoryInfo(_folder).EnumerateFiles(pattern, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, AttributesToSkip = FileAttributes.ReparsePoint })];

    private void MarkUsed(string path)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        try
        {
            if ((now - File.GetLastWriteTimeUtc(path)).Duration() > s_useInterval) File.SetLastWriteTimeUtc(path, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // another run has trimmed it just now, or owns it: the value was read all the same
        }
    }

    // over the bytes in the order of names: a flipped bit would otherwise be trained on unnoticed
    private static string Checksum(Dictionary<string, Tensor> tensors)
    {
        var crc = 0u;
        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            crc = Crc32C.Of(System.Text.Encoding.UTF8.GetBytes(name), crc);
            if (tensor.NumberOfElements > 0) crc = Crc32C.Of(tensor.bytes, crc);
        }
        return crc.ToString("x8", CultureInfo.InvariantCulture);
    }
}

/// <summary>What trimming a store did.</summary>
/// <param name="Removed">Values removed.</param>
/// <param name="Freed">Their bytes.</param>
/// <param name="Left">Bytes of those that stay.</param>
public readonly record struct TrimResult(int Removed, long Freed, long Left);
