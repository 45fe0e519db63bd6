using System.Security.Cryptography;
using System.Text;
using LoraBridge.Files;

namespace LoraBridge.Lora.Catalog;

/// <summary>
/// The index of one set of folders, kept in a file so that the next start need not read the adapters again. It is only a memory:
/// what cannot be read is forgotten, and two processes may share it, for it appears whole and is merged before it is written.
/// </summary>
internal sealed class IndexCache
{
    private readonly string _path;

    /// <param name="cacheFolder">Where the file lies; made when it is first written.</param>
    /// <param name="folders">The absolute paths of the catalogue's folders; other sets have files of their own.</param>
    public IndexCache(string cacheFolder, IEnumerable<string> folders)
    {
        var set = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', folders)));
        _path = Path.Combine(Path.GetFullPath(cacheFolder), $"loras-{Convert.ToHexStringLower(set)[..12]}.index");
    }

    public Dictionary<string, IndexRecord> Load()
    {
        try
        {
            return File.Exists(_path) ? IndexFormat.Read(File.ReadAllBytes(_path)) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Writes the records, and beside them the hashes that another process computed of the same files meanwhile.</summary>
    /// <returns>Why it could not be written, as a sentence; null when it was.</returns>
    public string? Save(IReadOnlyDictionary<string, IndexRecord> records)
    {
        try
        {
            var others = Load();
            var merged = records.Where(pair => pair.Value.IsLasting).ToDictionary(pair => pair.Key, pair => Merge(pair.Value, others.GetValueOrDefault(pair.Key)), StringComparer.Ordinal);
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            AtomicFile.Write(_path, IndexFormat.Write(merged));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The adapter index {_path} cannot be written, so the next start reads every adapter again: {e.Message}";
        }
    }

    private static IndexRecord Merge(IndexRecord ours, IndexRecord? theirs) =>
        ours.ComputedHash is null && theirs is not null && theirs.Stamp == ours.Stamp ? ours with { ComputedHash = theirs.ComputedHash } : ours;
}
