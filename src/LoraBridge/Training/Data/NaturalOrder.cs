namespace LoraBridge.Training.Data;

/// <summary>Orders file names as people count, <c>a2</c> before <c>a10</c>, and the same on every machine: no culture has a say.</summary>
public sealed class NaturalOrder : IComparer<string>
{
    /// <summary>The one there is; it keeps nothing.</summary>
    public static NaturalOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? left, string? right)
    {
        if (left is null || right is null) return string.CompareOrdinal(left, right);
        int i = 0, j = 0;
        while (i < left.Length && j < right.Length)
        {
            var order = char.IsAsciiDigit(left[i]) && char.IsAsciiDigit(right[j])
                ? CompareNumbers(TakeNumber(left, ref i), TakeNumber(right, ref j))
                : left[i++].CompareTo(right[j++]);
            if (order != 0) return order;
        }
        var rest = (left.Length - i).CompareTo(right.Length - j);
        // 01 and 1 are the same number, but not the same name
        return rest != 0 ? rest : string.CompareOrdinal(left, right);
    }

    private static ReadOnlySpan<char> TakeNumber(string text, ref int at)
    {
        var begin = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return text.AsSpan(begin, at - begin).TrimStart('0');
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
}
