namespace LoraBridge.Training.Data;

/// <summary>Lists the files of a folder in natural order; hidden files, previews and masks are no pictures.</summary>
public static class PictureSearch
{
    /// <summary>What OneTrainer's tools name a mask beside its picture.</summary>
    public const string MaskSuffix = "-masklabel";

    /// <summary>Endings of pictures that are read; the content decides what they are.</summary>
    public static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    private static readonly string[] s_unsupported = [".avif", ".jxl", ".heic", ".heif", ".tif", ".tiff", ".psd", ".jp2", ".tga", ".svg"];
    private static readonly string[] s_systemFolders = ["__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN"];

    /// <summary>The pictures of a source's folder.</summary>
    public static List<string> Pictures(string folder, DatasetOptions dataset) => Files(folder, dataset, path => HasEnding(path, Endings) && !IsExtra(path));

    /// <summary>Pictures in formats that are not read.</summary>
    public static List<string> Unsupported(string folder, DatasetOptions dataset) => Files(folder, dataset, path => HasEnding(path, s_unsupported));

    /// <summary>Files with an ending, such as captions.</summary>
    public static List<string> WithEnding(string folder, DatasetOptions dataset, IReadOnlyList<string> endings) => Files(folder, dataset, path => HasEnding(path, endings));

    /// <summary>The folders in a folder, hidden ones and those of file systems left out.</summary>
    public static List<string> Subfolders(string folder)
    {
        var folders = Directory.EnumerateDirectories(folder).Where(path => !IsHidden(Path.GetFileName(path)) && !s_systemFolders.Contains(Path.GetFileName(path)) && !IsLoop(path)).ToList();
        folders.Sort(NaturalOrder.Instance);
        return folders;
    }

    /// <summary>A file or folder that a source's options name: relative to its folder, or else to where the program runs.</summary>
    public static string Resolve(DatasetOptions dataset, string named)
    {
        var beside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(named, Path.GetFullPath(dataset.Folder)));
        var here = Path.TrimEndingDirectorySeparator(Path.GetFullPath(named));
        return !Path.Exists(beside) && Path.Exists(here) ? here : beside;
    }

    /// <summary>The path below a folder, with forward slashes.</summary>
    public static string NameIn(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private static List<string> Files(string folder, DatasetOptions dataset, Func<string, bool> wanted)
    {
        var masks = dataset.MaskFolder is { } mask ? Resolve(dataset, mask) : null;
        var files = new List<string>();
        Add(folder);
        return files;

        void Add(string current)
        {
            if (current == masks) return;
            var here = Directory.EnumerateFiles(current).Where(path => !IsHidden(Path.GetFileName(path)) && wanted(path)).ToList();
            here.Sort(NaturalOrder.Instance);
            files.AddRange(here);
            if (!dataset.IncludeSubfolders) return;
            foreach (var below in Subfolders(current)) Add(below);
        }
    }

    private static bool HasEnding(string path, IReadOnlyList<string> endings) => endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static bool IsHidden(string name) => name.StartsWith('.');

    // a link to a folder that it lies in would be followed without end
    private static bool IsLoop(string folder) => new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true) is { } target
        && (folder + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(target.FullName) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static bool IsExtra(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return stem.EndsWith(".preview", StringComparison.OrdinalIgnoreCase) || stem.EndsWith(".thumb", StringComparison.OrdinalIgnoreCase)
            || stem.EndsWith(MaskSuffix, StringComparison.OrdinalIgnoreCase);
    }
}
