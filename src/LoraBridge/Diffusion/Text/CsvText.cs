using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>Comma-separated values: fields in quotes may hold commas, line breaks and doubled quotes; empty lines are no rows.</summary>
internal static class CsvText
{
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
            else if (c == '\n') EndRow();
            else if (c != '\r') field.Append(c);
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
}
