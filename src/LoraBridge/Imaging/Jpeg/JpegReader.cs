using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging.Jpeg;

/// <summary>Reads JPEG files through libjpeg-turbo: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.</summary>
internal static class JpegReader
{
    /// <summary>A block of 8x8 takes at least one bit, so a Huffman-coded file cannot hold more pixels than this in a byte.</summary>
    private const long LargestPackingRatio = 512;

    private const int MaxProfileBytes = 4 << 20;

    /// <summary>Warnings of libjpeg after which every pixel is as it should be.</summary>
    private static readonly string[] HarmlessWarnings = ["extraneous bytes before marker", "Unknown Adobe color transform", "Inconsistent progression", "unknown JFIF revision"];

    public static PictureInfo Probe(PictureBytes source)
    {
        var segments = JpegSegments.Walk(source);
        var frame = JpegFrame.Read(source, segments);
        var exif = ReadExif(source, segments);
        var text = new Dictionary<string, string>();
        if (segments.Find(segment => segment.Marker == JpegSegments.Comment) is { Marker: not 0 } comment)
            text[PictureText.CommentKey] = System.Text.Encoding.UTF8.GetString(source.At(comment.Offset, comment.Length)).TrimEnd('\0');
        if (exif.UserComment is { } userComment)
            text[PictureText.UserCommentKey] = userComment;
        return new()
        {
            Format = PictureFormat.Jpeg,
            StoredWidth = frame.Width,
            StoredHeight = frame.Height,
            Channels = frame.Components == 1 ? 1 : 3,
            BitDepth = frame.Precision,
            IsCmyk = frame.Components == 4,
            Orientation = exif.Orientation,
            ColorProfile = ReadProfileName(source, segments),
            Text = text,
        };
    }

    public static Picture Decode(PictureBytes source, PictureReadOptions options)
    {
        var segments = JpegSegments.Walk(source);
        var frame = JpegFrame.Read(source, segments);
        if (segments is not [.., { Marker: JpegSegments.StartOfScan } scan])
            throw source.Broken("the JPEG file is truncated: its picture data is missing");
        if (frame.IsHuffman && !options.AllowDamaged && (long)frame.Width * frame.Height > (source.Length - scan.Offset + 64) * LargestPackingRatio)
            throw source.Broken($"the JPEG file is truncated: {source.Length} bytes cannot hold {frame.Width}x{frame.Height} pixels");

        var channels = frame.Components;
        var pixels = new byte[(long)frame.Width * frame.Height * channels];
        var file = source.At(0, source.Length);
        var outcome = TurboJpeg.Decompress(file, pixels, frame.Width, frame.Height, channels);
        if (outcome is { IsWarning: true } && outcome.Message.Contains("Premature end", StringComparison.Ordinal))
        {
            // With an end marker put there, the decoder warns again only if pixels are missing, not merely the marker.
            outcome = TurboJpeg.Decompress([.. file, 0xff, 0xd9], pixels, frame.Width, frame.Height, channels);
        }
        else if (outcome is { IsWarning: true } && IsHarmless(outcome.Message) && file[(int)scan.Offset..].LastIndexOf([(byte)0xff, (byte)0xd9]) >= 0)
        {
            outcome = null;
        }
        if (outcome is not null && !(outcome.IsWarning && options.AllowDamaged))
            throw source.Broken($"the JPEG file is truncated or damaged ({outcome.Message})");
        return channels == 4
            ? new(frame.Width, frame.Height, 3, FromInvertedCmyk(pixels))
            : new(frame.Width, frame.Height, channels, pixels);
    }

    private static bool IsHarmless(string message) => HarmlessWarnings.Any(warning => message.Contains(warning, StringComparison.OrdinalIgnoreCase));

    // Four-component JPEG files store inks inverted (Adobe's way; all common readers take it for granted). Without a profile
    // the conversion is the plain one, rounded as Pillow rounds it.
    private static byte[] FromInvertedCmyk(byte[] cmyk)
    {
        var rgb = new byte[cmyk.Length / 4 * 3];
        for (int i = 0, o = 0; i < cmyk.Length; i += 4, o += 3)
        {
            int white = cmyk[i + 3];
            for (var c = 0; c < 3; c++)
            {
                var ink = (255 - cmyk[i + c]) * white + 128;
                rgb[o + c] = (byte)(white - ((ink >> 8) + ink >> 8));
            }
        }
        return rgb;
    }

    private static ExifReader ReadExif(PictureBytes source, List<JpegSegment> segments)
    {
        foreach (var segment in segments)
        {
            if (segment.Marker == JpegSegments.App1 && source.Has(segment.Offset, "Exif\0\0"u8))
                return ExifReader.Read(source.At(segment.Offset, segment.Length));
        }
        return ExifReader.Read([]);
    }

    // a profile may span segments: "ICC_PROFILE\0", its number, their count, a part
    private static string? ReadProfileName(PictureBytes source, List<JpegSegment> segments)
    {
        const int head = 14;
        var profile = new MemoryStream();
        foreach (var segment in segments)
        {
            if (segment.Marker == JpegSegments.App2 && segment.Length > head && profile.Length < MaxProfileBytes && source.Has(segment.Offset, "ICC_PROFILE\0"u8))
                profile.Write(source.At(segment.Offset + head, segment.Length - head));
        }
        return profile.Length == 0 ? null : IccProfile.Name(profile.GetBuffer().AsSpan(0, (int)profile.Length));
    }
}
