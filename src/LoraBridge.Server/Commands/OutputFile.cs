using LoraBridge.Imaging;

namespace LoraBridge.Server.Commands;

/// <summary>Where pictures are written, never over anything: a.png, and where that exists a-2.png, a-3.png, …</summary>
/// <param name="asked">The name that was asked for, a full path; null for SEED.png in the data folder's outputs.</param>
/// <param name="data">The data folder.</param>
internal sealed class OutputFile(string? asked, DataFolder data)
{
    private static readonly Dictionary<string, PictureFormat> s_formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = PictureFormat.Png,
        [".jpg"] = PictureFormat.Jpeg,
        [".jpeg"] = PictureFormat.Jpeg,
        [".webp"] = PictureFormat.WebP,
    };

    private PictureWriteOptions Options => new() { Format = asked is null ? PictureFormat.Png : s_formats[Path.GetExtension(asked)] };

    /// <summary>Reads a name given with --out.</summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="FormatException">It names no picture.</exception>
    public static string Read(string text)
    {
        if (!s_formats.ContainsKey(Path.GetExtension(text)))
            throw new FormatException($"'{text}' ends in none of {string.Join(", ", s_formats.Keys)}. Give a file name with one of them");
        if (Directory.Exists(text)) throw new FormatException($"'{text}' is a folder. Give a file name in it");
        return Path.GetFullPath(text);
    }

    /// <summary>Makes the folder and tries the format, so that minutes of computing are not lost to a missing right or library.</summary>
    /// <exception cref="CommandException">The folder cannot be written to.</exception>
    /// <exception cref="MissingPictureLibraryException">The format's library is not installed.</exception>
    public void CheckThatItCanBeWritten()
    {
        PictureFile.Encode(new Picture(1, 1, 3, new byte[3]), Options);
        var folder = asked is null ? data.Outputs : Path.GetDirectoryName(asked)!;
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, $".lorabridge-{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new CommandException($"--out: cannot write in '{folder}': {refused.Message} Choose another place");
        }
    }

    /// <summary>Writes a picture.</summary>
    /// <returns>The file it went to.</returns>
    public string Write(Picture picture, long seed)
    {
        var path = Free(asked ?? Path.Combine(data.Outputs, $"{seed}.png"));
        PictureFile.Write(path, picture, Options);
        return path;
    }

    private static string Free(string path)
    {
        if (!Path.Exists(path)) return path;
        var stem = Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path));
        for (var n = 2; ; n++)
        {
            var next = $"{stem}-{n}{Path.GetExtension(path)}";
            if (!Path.Exists(next)) return next;
        }
    }
}
