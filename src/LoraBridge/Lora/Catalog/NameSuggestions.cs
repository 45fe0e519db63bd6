namespace LoraBridge.Lora.Catalog;

/// <summary>Finds the names that someone may have meant.</summary>
internal static class NameSuggestions
{
    private const int LongestText = 200;

    /// <summary>The nearest names, best first: those of other case, those that begin with the text or contain it, those of few slips.</summary>
    public static IReadOnlyList<string> For(string text, IEnumerable<string> names, int count)
    {
        if (text.Length is 0 or > LongestText) return [];
        var folded = text.ToLowerInvariant();
        var near =
            from name in names
            where name.Length is > 0 and <= LongestText && name != text
            let distance = Distance(folded, name.ToLowerInvariant())
            where distance is not null
            orderby distance, name.Length
            select name;
        return [.. near.Take(count)];
    }

    /// <summary>0 for the same letters; null for a name that is nothing like the text.</summary>
    private static int? Distance(string text, string name)
    {
        if (name == text) return 0;
        var slips = Slips(text, name);
        if (slips <= Math.Max(1, Math.Min(text.Length, name.Length) / 4)) return slips;
        if (text.Length < 3) return null;
        if (name.StartsWith(text, StringComparison.Ordinal)) return LongestText + 1;
        return name.Contains(text, StringComparison.Ordinal) || (name.Length >= 3 && text.Contains(name, StringComparison.Ordinal)) ? LongestText + 2 : null;
    }

    /// <summary>How many letters must be put in, left out or exchanged to make one of the other.</summary>
    private static int Slips(string a, string b)
    {
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
