using System.Buffers.Binary;
using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging.Jpeg;

/// <summary>Writes baseline JPEG files, the parameters in an EXIF UserComment.</summary>
internal static class JpegWriter
{
    /// <summary>From this quality on, chroma subsampling would be the visible loss.</summary>
    private const int FullColorQuality = 90;

    private const int MaxSide = 65500, MaxSegmentBytes = ushort.MaxValue - 2;

    public static byte[] Encode(Picture picture, string? parameters, PictureWriteOptions options)
    {
        if (picture.Width > MaxSide || picture.Height > MaxSide)
            throw new ArgumentException($"JPEG holds at most {MaxSide} pixels a side; the picture has {picture.Width}x{picture.Height}. Write PNG.", nameof(picture));
        var opaque = picture.Channels == 4 ? picture.ToRgb(options.Background) : picture;
        var file = TurboJpeg.Compress(opaque, options.Quality, options.Quality >= FullColorQuality);
        if (string.IsNullOrEmpty(parameters))
            return file;

        byte[] exif = [.. "Exif\0\0"u8, .. ExifWriter.UserComment(parameters)];
        if (exif.Length > MaxSegmentBytes)
            throw new ArgumentException($"JPEG holds {MaxSegmentBytes / 2} characters of parameters at most; there are {parameters.Length}. Write PNG.", nameof(parameters));
        Span<byte> head = [0xff, JpegSegments.App1, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(exif.Length + 2));
        var place = BehindFirstSegment(file);
        return [.. file.AsSpan(0, place), .. head, .. exif, .. file.AsSpan(place)];
    }

    // readers expect the JFIF segment first, directly behind the start marker
    private static int BehindFirstSegment(ReadOnlySpan<byte> file) => 4 + BinaryPrimitives.ReadUInt16BigEndian(file[4..]);
}
