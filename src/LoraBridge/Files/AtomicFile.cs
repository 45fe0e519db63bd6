namespace LoraBridge.Files;

/// <summary>
/// Writes a file that appears whole or not at all: into a neighbour first, which takes the name once it is on the disk.
/// Left without <see cref="Commit"/>, it removes the neighbour and the old file stays.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly DiskStream _stream;
    private bool _committed;

    /// <summary>Opens the neighbour; the folder must exist.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public AtomicFile(string path)
    {
        _path = Path.GetFullPath(path);
        if (Directory.Exists(_path)) throw new IOException($"{_path} is a folder, and a file cannot take its name.");
        var folder = Path.GetDirectoryName(_path)!;
        // of bounded length: a name that just fits its folder must still be writable
        _temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        _stream = new(_temporary, FileMode.CreateNew, FileShare.None, bufferSize: 1 << 16);
    }

    /// <summary>Replaces a file's content in one step; the folder must exist.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = new AtomicFile(path);
        file.Stream.Write(content);
        file.Commit();
    }

    /// <summary>Copies a file; the copy appears whole or not at all.</summary>
    public static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var file = new AtomicFile(to);
        source.CopyTo(file.Stream);
        file.Commit();
    }

    /// <summary>Neighbours in a folder that a killed process left; only who knows that nobody writes there now may remove them.</summary>
    public static IEnumerable<string> Leftovers(string folder) =>
        [.. Directory.EnumerateFiles(folder, ".*.tmp").Where(path => IsLeftover(Path.GetFileName(path)))];

    /// <summary>Whether a file's name is that of such a neighbour.</summary>
    public static bool IsLeftover(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith('.') && name.EndsWith(".tmp", StringComparison.Ordinal) && name.Length > ".tmp".Length && Guid.TryParseExact(name[1..^".tmp".Length], "N", out _);
    }

    /// <summary>Where to write.</summary>
    public Stream Stream => _stream;

    /// <summary>Puts the bytes on the disk and gives them the name.</summary>
    public void Commit()
    {
        _stream.Flush(toDisk: true);                                       // before the rename: a power cut must not leave an empty file
        _stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _committed = true;
    }

    /// <summary>Removes the neighbour if it was not committed.</summary>
    public void Dispose()
    {
        if (_committed) return;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // a full disk refuses what is left in the buffer once more: who wrote has heard of it, and the neighbour must go all the same
        }
        finally
        {
            File.Delete(_temporary);
        }
    }
}
