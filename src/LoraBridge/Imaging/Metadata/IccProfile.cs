using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Imaging.Metadata;

/// <summary>The name inside an ICC colour profile ("sRGB IEC61966-2.1", "Display P3").</summary>
internal static class IccProfile
{
    private const int HeaderSize = 128;

    /// <summary>The profile's description, or <paramref name="fallback"/> where it has none that can be read.</summary>
    public static string Name(ReadOnlySpan<byte> profile, string fallback = "unnamed")
    {
        if (profile.Length < HeaderSize + 4)
            return fallback;
        var tags = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(profile[HeaderSize..]), (uint)(profile.Length - HeaderSize - 4) / 12);
        for (var i = 0; i < tags; i++)
        {
            var tag = profile.Slice(HeaderSize + 4 + 12 * i, 12);
            if (!tag.StartsWith("desc"u8))
                continue;
            var (offset, length) = (BinaryPrimitives.ReadUInt32BigEndian(tag[4..]), BinaryPrimitives.ReadUInt32BigEndian(tag[8..]));
            if (offset <= profile.Length && length <= profile.Length - offset && Description(profile.Slice((int)offset, (int)length)) is { Length: > 0 } name)
                return name;
        }
        return fallback;
    }

    // version 2 profiles hold plain text, version 4 ones a table of translations, of which the first is taken
    private static string? Description(ReadOnlySpan<byte> value)
    {
        if (value.StartsWith("desc"u8) && value.Length > 12)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(value[8..]), (uint)(value.Length - 12));
            return Encoding.Latin1.GetString(value.Slice(12, length)).TrimEnd('\0').Trim();
        }
        if (value.StartsWith("mluc"u8) && value.Length >= 28)
        {
            var (length, offset) = (BinaryPrimitives.ReadUInt32BigEndian(value[20..]), BinaryPrimitives.ReadUInt32BigEndian(value[24..]));
            if (offset <= value.Length && length <= value.Length - offset)
                return Encoding.BigEndianUnicode.GetString(value.Slice((int)offset, (int)length)).TrimEnd('\0').Trim();
        }
        return null;
    }
}
