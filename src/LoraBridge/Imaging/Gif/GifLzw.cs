namespace LoraBridge.Imaging.Gif;

/// <summary>GIF's packing: Lempel-Ziv-Welch with codes of growing length.</summary>
internal static class GifLzw
{
    private const int MaxCodes = 4096, MaxCodeBits = 12;

    /// <summary>Unpacks indices until the target is full or the data end or go wrong.</summary>
    /// <returns>How many there are.</returns>
    public static int Decode(ReadOnlySpan<byte> data, int codeSize, Span<byte> indices)
    {
        int clear = 1 << codeSize, end = clear + 1;
        // A code stands for indices that were written before: where, and how many.
        Span<int> start = stackalloc int[MaxCodes], length = stackalloc int[MaxCodes];
        int next = end + 1, size = codeSize + 1;
        int at = 0, lastLength = 0;
        int bits = 0, bitCount = 0;
        foreach (var value in data)
        {
            bits |= value << bitCount;
            for (bitCount += 8; bitCount >= size;)
            {
                var code = bits & (1 << size) - 1;
                bits >>= size;
                bitCount -= size;
                if (code == clear)
                {
                    (next, size, lastLength) = (end + 1, codeSize + 1, 0);
                    continue;
                }
                if (code == end || code > next || (code == next && lastLength == 0))
                    return at;

                // The code being defined right now is the last sequence and its own first index, which stand side by side.
                var (from, count) = code < clear ? (0, 1) : code == next ? (at - lastLength, lastLength + 1) : (start[code], length[code]);
                var begin = at;
                for (var i = 0; i < count; i++)
                {
                    if (at == indices.Length)
                        return at;
                    indices[at++] = code < clear ? (byte)code : indices[from + i];
                }
                if (lastLength > 0 && next < MaxCodes)
                {
                    start[next] = begin - lastLength;
                    length[next] = lastLength + 1;
                    next++;
                    if (next == 1 << size && size < MaxCodeBits)
                        size++;
                }
                lastLength = count;
            }
        }
        return at;
    }
}
