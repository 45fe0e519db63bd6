namespace LoraBridge.Training.Data;

/// <summary>The rows of a file of captions, found by picture: by full path, by path from the file's or the source's folder, by name.</summary>
internal sealed class MetadataTable
{
    private readonly string _folder;
    private readonly List<MetadataRow> _rows;
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _uses = [];

    public MetadataTable(string path)
    {
        Path = path;
        _folder = System.IO.Path.GetDirectoryName(path)!;
        _rows = MetadataFile.Read(path);
        // of two rows for one picture the last counts, as in the tools that append to such files
        for (var i = 0; i < _rows.Count; i++) _byKey[Normal(_rows[i].Key)] = i;
        foreach (var (key, row) in _byKey)
        {
            var name = key[(key.LastIndexOf('/') + 1)..];
            _byName[name] = _byName.ContainsKey(name) ? -1 : row;
        }
    }

    public string Path { get; }

    /// <summary>The caption of a picture, or null.</summary>
    public string? Caption(string folder, string picture)
    {
        string[] names = [picture.Replace('\\', '/'), PictureSearch.NameIn(_folder, picture), PictureSearch.NameIn(folder, picture)];
        var file = System.IO.Path.GetFileName(picture);
        foreach (var name in names.Concat(names.Select(Stem)))
        {
            if (_byKey.TryGetValue(name, out var row)) return Use(row);
        }
        foreach (var name in new[] { file, Stem(file) })
        {
            if (_byName.TryGetValue(name, out var row) && row >= 0) return Use(row);
        }
        return null;
    }

    /// <summary>The pictures of rows that no picture has asked for.</summary>
    public IEnumerable<string> Unused => _byKey.Where(entry => !_uses.ContainsKey(entry.Value)).OrderBy(entry => entry.Value).Select(entry => entry.Key);

    /// <summary>The pictures of rows that several pictures were given.</summary>
    public IEnumerable<string> Shared => _uses.Where(use => use.Value > 1).Select(use => _rows[use.Key].Key);

    private string Use(int row)
    {
        _uses[row] = _uses.GetValueOrDefault(row) + 1;
        return _rows[row].Caption;
    }

    private static string Normal(string key)
    {
        key = key.Replace('\\', '/');
        return key.StartsWith("./", StringComparison.Ordinal) ? key[2..] : key;
    }

    private static string Stem(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > name.LastIndexOf('/') + 1 ? name[..dot] : name;
    }
}
