using LoraBridge.Diffusion.Text;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>A row of the list of styles, as the WebUI has it.</summary>
/// <param name="Name">The style's name, or a line with a file's name before the styles of that file, where there are several files.</param>
/// <param name="Prompt">For the prompt; null in a line.</param>
/// <param name="NegativePrompt">For the negative prompt; null in a line.</param>
internal sealed record StyleRow(string Name, string? Prompt, string? NegativePrompt);

/// <summary>The styles of the WebUI's files as they are now.</summary>
internal sealed class StyleList(ModelFolders folders)
{
    private const int LineWidth = 40;

    private readonly Lock _lock = new();
    private (string Stamp, IReadOnlyList<StyleRow> Rows, PromptStyles Styles) _read = ("", [], new([]));

    /// <summary>The styles; of a name that stands in several files the last file's. None where there is no file or it is none of styles.</summary>
    public PromptStyles Current => Read().Styles;

    /// <summary>The styles file by file, in the order of the files.</summary>
    public IReadOnlyList<StyleRow> Rows => Read().Rows;

    private (string Stamp, IReadOnlyList<StyleRow> Rows, PromptStyles Styles) Read()
    {
        lock (_lock)
        {
            var files = folders.Styles.SelectMany(Found).Distinct().ToList();
            var stamp = string.Join('\n', files.Select(file => $"{file}\n{File.GetLastWriteTimeUtc(file).Ticks}"));
            if (_read.Stamp != stamp) _read = Read(stamp, files);
            return _read;
        }
    }

    private static (string Stamp, IReadOnlyList<StyleRow> Rows, PromptStyles Styles) Read(string stamp, List<string> files)
    {
        var styles = new List<PromptStyle>();
        var rows = new OrderedDictionary<string, StyleRow>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (files.Count > 1 && Line(file) is var line) rows[line] = new(line, null, null);
            foreach (var style in Load(file))
            {
                styles.Add(style);
                rows[style.Name] = new(style.Name, style.Prompt, style.NegativePrompt);
            }
        }
        return (stamp, [.. rows.Values], new(styles));
    }

    /// <summary>The files of a path or pattern, in the order of their names.</summary>
    private static IEnumerable<string> Found(string pattern)
    {
        var (folder, name) = (Path.GetDirectoryName(pattern)!, Path.GetFileName(pattern));
        if (!name.AsSpan().ContainsAny('*', '?')) return File.Exists(pattern) ? [pattern] : [];
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, name).Order(StringComparer.Ordinal) : [];
    }

    // the file's name in capitals in the middle of a line, the longer half of an odd rest behind
    private static string Line(string file)
    {
        var name = $" {Path.GetFileNameWithoutExtension(file).ToUpperInvariant()} ";
        return name.PadLeft(name.Length + Math.Max(0, LineWidth - name.Length) / 2, '-').PadRight(LineWidth, '-');
    }

    private static IEnumerable<PromptStyle> Load(string path)
    {
        try
        {
            return PromptStyles.Load(path).All;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
