using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>Comma-separated values: fields in quotes may hold commas, line breaks and doubled quotes; empty lines are no rows.</summary>
internal static class CsvText
{
    /// <summary>Rows as text, each ended as spreadsheets and the WebUI end them; a field is quoted where it must be.</summary>
    public static string Write(IEnumerable<IReadOnlyList<string>> rows) => string.Concat(rows.Select(row => string.Join(',', row.Select(Quoted)) + "\r\n"));

    public static List<List<string>> Read(string text)
    {
        var rows = new List<List<string>>();
        var row = new List<string>();
        var field = new StringBuilder();
        var (quoted, wasQuoted) = (false, false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
                else quoted = false;
            }
            else if (c == '"' && field.Length == 0) (quoted, wasQuoted) = (true, true);
            else if (c == ',') EndField();
            else if (c is '\n' or '\r') EndRow();                             // of a pair the second ends an empty line, which is no row
            else field.Append(c);
        }
        EndRow();
        return rows;

        void EndField()
        {
            row.Add(field.ToString());
            field.Clear();
            wasQuoted = false;
        }

        void EndRow()
        {
            if (row.Count == 0 && field.Length == 0 && !wasQuoted) return;
            EndField();
            rows.Add(row);
            row = [];
        }
    }

    private static string Quoted(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
