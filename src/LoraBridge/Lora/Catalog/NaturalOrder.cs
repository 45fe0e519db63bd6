namespace LoraBridge.Lora.Catalog;

/// <summary>The web UI's order of names: digits count as numbers, letters without case; equals fall back to their code units.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ReadOnlySpan<char> a = x, b = y;
        while (!a.IsEmpty && !b.IsEmpty)
        {
            // text and digits take turns, text first and perhaps empty, so a run always meets one of its kind
            var text = CompareText(Take(ref a, digits: false), Take(ref b, digits: false));
            if (text != 0) return text;
            var number = CompareNumber(Take(ref a, digits: true), Take(ref b, digits: true));
            if (number != 0) return number;
        }
        return a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(x, y);
    }

    private static ReadOnlySpan<char> Take(ref ReadOnlySpan<char> rest, bool digits)
    {
        var length = digits ? rest.IndexOfAnyExceptInRange('0', '9') : rest.IndexOfAnyInRange('0', '9');
        if (length < 0) length = rest.Length;
        var run = rest[..length];
        rest = rest[length..];
        return run;
    }

    private static int CompareText(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var difference = char.ToLowerInvariant(a[i]) - char.ToLowerInvariant(b[i]);
            if (difference != 0) return difference;
        }
        return a.Length - b.Length;
    }

    private static int CompareNumber(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        a = a.TrimStart('0');
        b = b.TrimStart('0');
        return a.Length != b.Length ? a.Length - b.Length : a.SequenceCompareTo(b);
    }
}
