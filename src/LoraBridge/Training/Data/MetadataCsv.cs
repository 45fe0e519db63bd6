using System.Text;

namespace LoraBridge.Training.Data;

/// <summary>
/// CSV of captions with a header. With two columns, file name first, commas in a prompt need no quotes: what follows the first comma is the
/// prompt. Quoted fields are read as RFC 4180 says.
/// </summary>
internal static class MetadataCsv
{
    public static List<MetadataRow> Read(string text, string path)
    {
        var at = 0;
        var line = 1;
        var header = NextRow(text, ref at, ref line, 0);
        while (header.Count == 1 && header[0].Length == 0 && at < text.Length) header = NextRow(text, ref at, ref line, 0);
        var names = header.ConvertAll(name => name.Trim().ToLowerInvariant());
        var picture = names.FindIndex(name => MetadataFile.PictureNames.Contains(name));
        var caption = names.FindIndex(name => MetadataFile.CaptionNames.Contains(name));
        if (caption < 0 && names.Count == 2 && picture >= 0) caption = 1 - picture;
        if (picture < 0 || caption < 0)
            throw MetadataFile.Broken(path, $"The first line, \"{string.Join(",", header)}\", does not name the columns.", "Begin the file with a line: filename,prompt");

        var columns = names.Count == 2 && picture == 0 ? 2 : 0;
        var rows = new List<MetadataRow>();
        while (at < text.Length)
        {
            var begin = line;
            var row = NextRow(text, ref at, ref line, columns);
            if (row.All(string.IsNullOrWhiteSpace)) continue;
            if (row.Count > names.Count)
                throw MetadataFile.Broken(path, $"Line {begin} has {row.Count} columns, the header {names.Count}.", "Put captions that hold commas into double quotes.");
            rows.Add(new(row.ElementAtOrDefault(picture)?.Trim() ?? "", row.ElementAtOrDefault(caption)?.Trim() ?? ""));
        }
        return rows;
    }

    /// <param name="text">The file.</param>
    /// <param name="at">Where the row begins; afterwards where the next one does.</param>
    /// <param name="line">The line's number, likewise.</param>
    /// <param name="most">The last column, counted from 1, takes the rest of the line; 0 for none.</param>
    private static List<string> NextRow(string text, ref int at, ref int line, int most)
    {
        var row = new List<string>();
        while (true)
        {
            row.Add(NextField(text, ref at, ref line, takesRest: row.Count + 1 == most));
            if (at >= text.Length) return row;
            if (text[at++] != '\n') continue;
            line++;
            return row;
        }
    }

    private static string NextField(string text, ref int at, ref int line, bool takesRest)
    {
        var start = at;
        if (start < text.Length && text[start] == '"' && Quoted(text, ref at, ref line) is { } quoted) return quoted;
        // nothing but a comma, a line's end or the file's may follow a quoted field; else the quotes are part of the text
        at = start;
        while (at < text.Length && text[at] != '\n' && (takesRest || text[at] != ',')) at++;
        return text[start..at].TrimEnd('\r');
    }

    private static string? Quoted(string text, ref int at, ref int line)
    {
        var field = new StringBuilder();
        var lines = 0;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '\n') lines++;
            if (text[i] != '"') field.Append(text[i]);
            else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else
            {
                i++;
                if (i < text.Length && text[i] == '\r') i++;
                if (i < text.Length && text[i] is not (',' or '\n')) return null;
                at = i;
                line += lines;
                return field.ToString();
            }
        }
        return null;
    }
}
