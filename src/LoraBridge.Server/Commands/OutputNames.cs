namespace LoraBridge.Server.Commands;

/// <summary>Chooses the files that pictures are written to, without writing over anything.</summary>
internal static class OutputNames
{
    /// <summary>The kinds of picture that can be written.</summary>
    public static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>The first name that is free: a.png, else a-2.png, a-3.png, …</summary>
    /// <param name="path">The name that was asked for.</param>
    public static string Free(string path)
    {
        if (!Path.Exists(path)) return path;
        var stem = Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path));
        var extension = Path.GetExtension(path);
        for (var n = 2; ; n++)
        {
            var next = $"{stem}-{n}{extension}";
            if (!Path.Exists(next)) return next;
        }
    }

    /// <summary>Checks a name given with --out, before anything is computed.</summary>
    /// <returns>Its full path.</returns>
    public static string Check(string text)
    {
        if (!Extensions.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase))
            throw new FormatException($"'{text}' ends in none of {string.Join(", ", Extensions)}. Give a file name with one of them");
        if (Directory.Exists(text)) throw new FormatException($"'{text}' is a folder. Give a file name in it");
        return Path.GetFullPath(text);
    }
}
