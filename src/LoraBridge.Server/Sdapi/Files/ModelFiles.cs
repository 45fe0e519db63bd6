namespace LoraBridge.Server.Sdapi.Files;

/// <summary>Finds model files below folders.</summary>
internal static class ModelFiles
{
    // links are followed, and a circle of them ends at this depth
    private static readonly EnumerationOptions s_below = new() { RecurseSubdirectories = true, MaxRecursionDepth = 16, IgnoreInaccessible = true, AttributesToSkip = 0 };

    /// <summary>Files with one of some endings below a folder, in the order of their paths without case; none where there is no folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="endings">With their dots, such as <c>.safetensors</c>; any case.</param>
    public static IReadOnlyList<string> Below(string folder, params string[] endings) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", s_below)
            .Where(path => endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase) && Path.GetFileName(path).Length > ending.Length))
            .Select(Path.GetFullPath)
            .OrderBy(path => path.ToLowerInvariant(), StringComparer.Ordinal)]
        : [];

    /// <summary>Whether a path, its dots resolved, lies below one of some folders.</summary>
    public static bool IsBelow(string path, IEnumerable<string> folders)
    {
        var full = Path.GetFullPath(path);
        return folders.Any(folder => full.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }
}
