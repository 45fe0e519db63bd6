using System.Text;

namespace LoraBridge.Training.Settings;

/// <summary>Finds the known name that a misspelt one was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The nearest name, or null where none is near: more than two letters and a third of them off.</summary>
    public static string? Find(string text, IEnumerable<string> names)
    {
        var wanted = Normalize(text);
        var best = names.Select(name => (Name: name, Distance: Distance(wanted, Normalize(name)))).OrderBy(pair => pair.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, wanted.Length / 3) ? best.Name : null;
    }

    /// <summary>A name without what spellings differ in: upper case, lines, dots, spaces.</summary>
    public static string Normalize(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var letter in name)
            if (letter is not ('_' or '-' or '.' or ' ')) text.Append(char.ToLowerInvariant(letter));
        return text.ToString();
    }

    /// <summary>Letters to put in, take out, change or swap with their neighbour.</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var same = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
