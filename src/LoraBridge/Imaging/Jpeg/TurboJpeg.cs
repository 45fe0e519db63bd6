using System.Runtime.InteropServices;

namespace LoraBridge.Imaging.Jpeg;

/// <summary>What libjpeg-turbo said of a file that is not quite right.</summary>
/// <param name="IsWarning">Pixels were returned all the same.</param>
/// <param name="Message">Its words.</param>
internal sealed record TurboJpegOutcome(bool IsWarning, string Message);

/// <summary>The part of libjpeg-turbo's plain C interface (turbojpeg.h, version 2) that is needed here.</summary>
internal static unsafe partial class TurboJpeg
{
    private const string Library = "libturbojpeg.so.0", Package = "libturbojpeg0";
    private const int PixelRgb = 0, PixelGrey = 6, PixelCmyk = 11;
    private const int Subsampling444 = 0, Subsampling420 = 2, SubsamplingGrey = 3;
    private const int SeverityWarning = 0;

    /// <summary>Decodes into <paramref name="pixels"/>: 1 (grey), 3 (RGB) or 4 (CMYK as stored) channels.</summary>
    /// <returns>Null when all is well.</returns>
    public static TurboJpegOutcome? Decompress(ReadOnlySpan<byte> file, Span<byte> pixels, int width, int height, int channels)
    {
        NativePictureLibrary.Require(PictureFormat.Jpeg, Library, Package);
        var handle = tjInitDecompress();
        try
        {
            fixed (byte* source = file, target = pixels)
            {
                // Width and height are given although the library could read them itself: it then never writes beyond them.
                if (tjDecompress2(handle, source, (ulong)file.Length, target, width, width * channels, height, PixelFormat(channels), flags: 0) == 0)
                    return null;
            }
            return new(tjGetErrorCode(handle) == SeverityWarning, Error(handle));
        }
        finally
        {
            _ = tjDestroy(handle);
        }
    }

    /// <summary>Encodes grey or RGB pixels as baseline JPEG.</summary>
    public static byte[] Compress(Picture picture, int quality, bool fullColorResolution)
    {
        NativePictureLibrary.Require(PictureFormat.Jpeg, Library, Package);
        var handle = tjInitCompress();
        byte* file = null;
        try
        {
            ulong length = 0;
            var subsampling = picture.Channels == 1 ? SubsamplingGrey : fullColorResolution ? Subsampling444 : Subsampling420;
            fixed (byte* source = picture.Pixels)
            {
                if (tjCompress2(handle, source, picture.Width, picture.Stride, picture.Height, PixelFormat(picture.Channels), &file, &length, subsampling, quality, flags: 0) != 0)
                    throw new InvalidOperationException($"libjpeg-turbo could not write the picture: {Error(handle)}");
            }
            return new ReadOnlySpan<byte>(file, (int)length).ToArray();
        }
        finally
        {
            if (file != null)
                tjFree(file);
            _ = tjDestroy(handle);
        }
    }

    private static int PixelFormat(int channels) => channels switch { 1 => PixelGrey, 3 => PixelRgb, _ => PixelCmyk };

    private static string Error(nint handle) => Marshal.PtrToStringUTF8((nint)tjGetErrorStr2(handle)) ?? "no reason given";

    [LibraryImport(Library)]
    private static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    private static partial nint tjInitCompress();

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint handle);

    // sizes are C's unsigned long: 64 bits on the systems that have a libturbojpeg.so.0
    [LibraryImport(Library)]
    private static partial int tjDecompress2(nint handle, byte* file, ulong length, byte* pixels, int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(Library)]
    private static partial int tjCompress2(
        nint handle, byte* pixels, int width, int pitch, int height, int pixelFormat, byte** file, ulong* length, int subsampling, int quality, int flags);

    [LibraryImport(Library)]
    private static partial void tjFree(byte* buffer);

    [LibraryImport(Library)]
    private static partial byte* tjGetErrorStr2(nint handle);

    [LibraryImport(Library)]
    private static partial int tjGetErrorCode(nint handle);
}
