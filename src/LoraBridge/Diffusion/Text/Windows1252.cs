namespace LoraBridge.Diffusion.Text;

/// <summary>The code page that text is most often misread in; its five undefined bytes are the control characters of Latin-1.</summary>
internal static class Windows1252
{
    private const string Upper = "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
        + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    public static char Character(byte value) => value is >= 0x80 and <= 0x9F ? Upper[value - 0x80] : (char)value;

    /// <returns>The byte that is read as <paramref name="c"/>, also when it was read as Latin-1; -1 when there is none.</returns>
    public static int Byte(char c)
    {
        if (c <= 0xFF) return c;
        var index = Upper.IndexOf(c);
        return index < 0 ? -1 : 0x80 + index;
    }
}
