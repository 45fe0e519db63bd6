using System.Security.Cryptography;
using System.Text;
using LoraBridge.Server.Datasets;

namespace LoraBridge.Server.Page;

/// <summary>
/// The page's files and their version, a hash of all of them. The page asks for its parts below that version, so that browsers may keep them for good, and
/// parts of two versions never meet.
/// </summary>
internal sealed class PageFiles
{
    private readonly SortedDictionary<string, string> _paths = new(StringComparer.Ordinal);
    private volatile string _version = "";

    /// <summary>Looks which files of the known types there are below a folder.</summary>
    public PageFiles(string folder, IReadOnlySet<string> endings)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => endings.Contains(Path.GetExtension(path))))
            _paths[Path.GetRelativePath(folder, path).Replace('\\', '/')] = path;
    }

    /// <summary>How long a version is, in hex digits.</summary>
    public const int VersionLength = 16;

    /// <summary>Paths by their names below the folder, with forward slashes.</summary>
    public IReadOnlyDictionary<string, string> Paths => _paths;

    /// <summary>Whether the files are of this version; those that were changed are looked at anew only if not.</summary>
    public bool Are(string version, ContentHashes hashes) => version == _version || version == Look(hashes);

    /// <summary>The page itself, which names its parts below their version of this moment.</summary>
    public byte[] Index(ContentHashes hashes)
    {
        var (html, version) = (File.ReadAllText(_paths["index.html"]), Look(hashes));
        foreach (var name in _paths.Keys) html = html.Replace($"=\"{name}\"", $"=\"{version}/{name}\"", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(html);
    }

    private string Look(ContentHashes hashes) =>
        _version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', _paths.Select(file => $"{file.Key} {hashes.Of(file.Value)}")))))[..VersionLength];
}
