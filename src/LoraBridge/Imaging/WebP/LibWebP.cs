using System.Runtime.InteropServices;

namespace LoraBridge.Imaging.WebP;

/// <summary>The part of libwebp's simple C interface (decode.h, encode.h) that is needed here.</summary>
internal static unsafe partial class LibWebP
{
    private const string Library = "libwebp.so.7", Package = "libwebp7";

    /// <summary>Width and height by the image data, or (0, 0) where it cannot be read.</summary>
    public static (int Width, int Height) Size(ReadOnlySpan<byte> file)
    {
        NativePictureLibrary.Require(PictureFormat.WebP, Library, Package);
        fixed (byte* data = file)
            return WebPGetInfo(data, (nuint)file.Length, out var width, out var height) != 0 ? (width, height) : default;
    }

    /// <summary>Decodes into a picture of three or four channels; false where the file is damaged.</summary>
    public static bool Decode(ReadOnlySpan<byte> file, Picture picture)
    {
        NativePictureLibrary.Require(PictureFormat.WebP, Library, Package);
        var size = (nuint)picture.Pixels.Length;
        fixed (byte* data = file, pixels = picture.Pixels)
        {
            return (picture.Channels == 4
                ? WebPDecodeRGBAInto(data, (nuint)file.Length, pixels, size, picture.Stride)
                : WebPDecodeRGBInto(data, (nuint)file.Length, pixels, size, picture.Stride)) != null;
        }
    }

    /// <summary>Encodes a picture of three or four channels.</summary>
    public static byte[] Encode(Picture picture, int quality, bool lossless)
    {
        NativePictureLibrary.Require(PictureFormat.WebP, Library, Package);
        byte* file = null;
        try
        {
            nuint length;
            var (width, height, stride) = (picture.Width, picture.Height, picture.Stride);
            fixed (byte* pixels = picture.Pixels)
            {
                length = (picture.Channels, lossless) switch
                {
                    (3, false) => WebPEncodeRGB(pixels, width, height, stride, quality, out file),
                    (3, true) => WebPEncodeLosslessRGB(pixels, width, height, stride, out file),
                    (_, false) => WebPEncodeRGBA(pixels, width, height, stride, quality, out file),
                    (_, true) => WebPEncodeLosslessRGBA(pixels, width, height, stride, out file),
                };
            }
            if (length == 0)
                throw new InvalidOperationException("libwebp could not write the picture.");
            return new ReadOnlySpan<byte>(file, (int)length).ToArray();
        }
        finally
        {
            if (file != null)
                WebPFree(file);
        }
    }

    [LibraryImport(Library)]
    private static partial int WebPGetInfo(byte* file, nuint length, out int width, out int height);

    [LibraryImport(Library)]
    private static partial byte* WebPDecodeRGBInto(byte* file, nuint length, byte* pixels, nuint size, int stride);

    [LibraryImport(Library)]
    private static partial byte* WebPDecodeRGBAInto(byte* file, nuint length, byte* pixels, nuint size, int stride);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeRGB(byte* pixels, int width, int height, int stride, float quality, out byte* file);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeRGBA(byte* pixels, int width, int height, int stride, float quality, out byte* file);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeLosslessRGB(byte* pixels, int width, int height, int stride, out byte* file);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeLosslessRGBA(byte* pixels, int width, int height, int stride, out byte* file);

    [LibraryImport(Library)]
    private static partial void WebPFree(byte* buffer);
}
