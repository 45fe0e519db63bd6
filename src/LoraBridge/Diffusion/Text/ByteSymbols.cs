namespace LoraBridge.Diffusion.Text;

/// <summary>
/// CLIP's printable character for each of the 256 bytes: Latin-1's visible characters stand for themselves,
/// the others follow from U+0100 on. A byte's token is the position of its symbol, so the visible ones come first.
/// </summary>
internal static class ByteSymbols
{
    public const int Count = 256;

    private static readonly char[] Symbols = new char[Count];
    private static readonly int[] Positions = new int[Count];
    private static readonly Dictionary<char, byte> Bytes = new(Count);

    static ByteSymbols()
    {
        var position = 0;
        for (var b = 0; b < Count; b++)
        {
            if (IsVisible(b)) Add(b, (char)b);
        }
        var next = Count;
        for (var b = 0; b < Count; b++)
        {
            if (!IsVisible(b)) Add(b, (char)next++);
        }

        void Add(int value, char symbol)
        {
            Symbols[position] = symbol;
            Bytes[symbol] = (byte)value;
            Positions[value] = position++;
        }
    }

    public static char Symbol(int position) => Symbols[position];

    /// <returns>The byte's token when it does not end a word.</returns>
    public static int Position(byte value) => Positions[value];

    public static byte Byte(char symbol) => Bytes[symbol];

    private static bool IsVisible(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
