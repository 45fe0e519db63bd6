namespace LoraBridge.Lora.Catalog;

/// <summary>The path of a folder without any link in it, by which two ways to one folder are known as such.</summary>
public static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>Resolves every part of an absolute path; parts that do not exist stay as they are.</summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static string Of(string path)
    {
        var links = 0;
        return Resolve(Path.GetFullPath(path), ref links);
    }

    /// <summary>The real path, or the path itself where the links lead in a circle.</summary>
    public static string OrSelf(string path)
    {
        try
        {
            return Of(path);
        }
        catch (IOException)
        {
            return path;
        }
    }

    /// <summary>Whether a path is a folder's own or lies below it. Both are real paths; nothing is looked up.</summary>
    public static bool IsBelow(string path, string folder)
    {
        ArgumentNullException.ThrowIfNull(path);
        return (Path.TrimEndingDirectorySeparator(path) + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        var folder = Resolve(parent, ref links);
        var real = Path.Combine(folder, Path.GetFileName(path));
        if (new DirectoryInfo(real).LinkTarget is not { } target) return real;
        if (++links > MostLinks) throw new IOException($"{path}: the links lead in a circle.");
        return Resolve(Path.GetFullPath(target, folder), ref links);
    }
}
