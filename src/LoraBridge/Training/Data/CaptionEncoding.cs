using System.Text;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Training.Data;

/// <summary>A caption file's text, and how it was encoded.</summary>
/// <param name="Text">The text, without byte order mark.</param>
/// <param name="Encoding">The encoding's name.</param>
public sealed record CaptionText(string Text, string Encoding)
{
    /// <summary>Whether it is as caption files should be.</summary>
    public bool IsUtf8 => Encoding == "UTF-8";

    /// <summary>Reads a file; bytes of any encoding become some text.</summary>
    /// <exception cref="IOException">The file is gone or locked.</exception>
    public static CaptionText Read(string path) => CaptionEncoding.Decode(File.ReadAllBytes(path));
}

/// <summary>Reads text whose encoding nobody states: UTF-8, UTF-16, GB 18030 (Chinese Windows), else Windows-1252, which reads anything.</summary>
public static class CaptionEncoding
{
    private const int Gb18030 = 54936;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A text file's text; bytes of any encoding become some text.</summary>
    public static CaptionText Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[3..];
        else if (bytes.StartsWith([(byte)0xff, (byte)0xfe])) return new(Encoding.Unicode.GetString(bytes[2..]), "UTF-16");
        else if (bytes.StartsWith([(byte)0xfe, (byte)0xff])) return new(Encoding.BigEndianUnicode.GetString(bytes[2..]), "UTF-16");
        else if (bytes.Length >= 4 && bytes.Length % 2 == 0 && bytes[1] == 0 && bytes[3] == 0) return new(Encoding.Unicode.GetString(bytes), "UTF-16");

        if (TryDecode(s_utf8, bytes) is { } utf8) return new(utf8, "UTF-8");
        var chinese = CodePagesEncodingProvider.Instance.GetEncoding(Gb18030, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        // a lone accented letter followed by a plain one would pass for Chinese too: Chinese text has both bytes of its signs above ASCII
        if (chinese is not null && HasPairsOnly(bytes) && TryDecode(chinese, bytes) is { } text) return new(text, "GB 18030");
        return new(string.Create(bytes.Length, bytes, (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = Windows1252.Character(from[i]);
        }), "Windows-1252");
    }

    private static bool HasPairsOnly(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] < 0x80) continue;
            if (i + 1 == bytes.Length || bytes[i + 1] < 0x80) return false;
            i++;
        }
        return true;
    }

    private static string? TryDecode(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
