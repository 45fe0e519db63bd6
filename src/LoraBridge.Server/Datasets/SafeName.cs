using System.Globalization;
using System.Text;

namespace LoraBridge.Server.Datasets;

/// <summary>Says whether a text may become a file's name here, and on any other system that the folder may be copied to.</summary>
internal static class SafeName
{
    // with a caption's ending, and within what file systems take
    private const int MostBytes = 200;
    private const string Forbidden = "/\\:*?\"<>|";

    private static readonly string[] s_devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];

    /// <summary>What is wrong with a name, a sentence; null for nothing.</summary>
    public static string? Fault(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) return "The name is empty.";
        if (!IsWhole(name)) return "The name is not valid Unicode.";
        // signs that look like others, or that fold to them on other systems, are judged as those
        var folded = name.Normalize(NormalizationForm.FormKC);
        foreach (var rune in name.EnumerateRunes().Concat(folded.EnumerateRunes()))
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                return $"The name holds an invisible sign (U+{rune.Value:X4}).";
            if (rune.IsAscii && Forbidden.Contains((char)rune.Value)) return $"The name holds '{rune}' or a sign that stands for it.";
        }
        if (folded.TrimStart().StartsWith('.')) return "The name begins with a dot.";
        if (name[^1] is '.' || char.IsWhiteSpace(name[^1]) || char.IsWhiteSpace(name[0]) || folded[^1] is '.') return "The name begins or ends with a space, or ends with a dot.";
        if (IsDevice(folded)) return "The name is that of a device on Windows.";
        return Encoding.UTF8.GetByteCount(name) > MostBytes ? $"The name is longer than {MostBytes} bytes." : null;
    }

    /// <summary>The last part of a path as a client sent it; null with the fault where the path would lead elsewhere or the part is no name.</summary>
    public static string? Leaf(string path, out string? fault)
    {
        var parts = path.Split('/', '\\');
        fault = path.Length == 0 ? "The name is empty."
            : parts[0].Length == 0 || parts[0].Contains(':', StringComparison.Ordinal) ? "The name is an absolute path."
            : parts.Any(part => part is ".." or ".") ? "The name leads out of its folder."
            : Fault(parts[^1]);
        return fault is null ? parts[^1].Normalize(NormalizationForm.FormC) : null;
    }

    /// <summary>Whether Windows takes a name, whatever its ending, for a device.</summary>
    public static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd().ToUpperInvariant();
        return s_devices.Contains(stem)
            || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³'));
    }

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
