using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LoraBridge.Imaging;

/// <summary>Resizes pictures by separable convolution: first along the rows, then down the columns, each rounded to 8 bits as Pillow does.</summary>
public static class PictureResize
{
    private const int Half = 1 << (ResizeWeights.FractionBits - 1);

    /// <summary>The picture at another size. Colours are weighted by alpha, so that transparent pixels do not bleed.</summary>
    public static Picture Resized(this Picture picture, int width, int height, ResizeFilter filter = ResizeFilter.Lanczos)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == picture.Width && height == picture.Height)
            return picture;
        if (filter == ResizeFilter.Nearest)
            return Nearest(picture, width, height);

        var source = picture.Channels == 4 ? Premultiplied(picture) : picture;
        var wide = width == source.Width ? source : AlongRows(source, width, new(source.Width, width, filter));
        var result = height == wide.Height ? wide : DownColumns(wide, height, new(wide.Height, height, filter));
        if (result.Channels == 4)
            Unmultiply(result.Pixels);
        return result;
    }

    /// <summary>The picture scaled to cover width x height, then cut around its middle: how a training image fits its bucket.</summary>
    public static Picture ResizedToCover(this Picture picture, int width, int height, ResizeFilter filter = ResizeFilter.Lanczos)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var scale = Math.Max((double)width / picture.Width, (double)height / picture.Height);
        var (wide, high) = (Math.Max(width, (int)Math.Round(picture.Width * scale)), Math.Max(height, (int)Math.Round(picture.Height * scale)));
        return picture.Resized(wide, high, filter).Cropped((wide - width) / 2, (high - height) / 2, width, height);
    }

    private static Picture Nearest(Picture picture, int width, int height)
    {
        var result = new Picture(width, height, picture.Channels);
        var channels = picture.Channels;
        var columns = new int[width];
        for (var x = 0; x < width; x++)
            columns[x] = Middle(x, picture.Width, width) * channels;
        for (var y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> from = picture.Row(Middle(y, picture.Height, height));
            var to = result.Row(y);
            for (int x = 0, o = 0; x < width; x++)
            {
                for (var c = 0; c < channels; c++)
                    to[o++] = from[columns[x] + c];
            }
        }
        return picture.With(width, height, channels, result.Pixels);
    }

    private static int Middle(int i, int from, int to) => Math.Min(from - 1, (int)((i + 0.5) * from / to));

    private static Picture AlongRows(Picture picture, int width, ResizeWeights weights)
    {
        var result = picture.With(width, picture.Height, picture.Channels, new Picture(width, picture.Height, picture.Channels).Pixels);
        for (var y = 0; y < picture.Height; y++)
        {
            if (picture.Channels == 1)
                AlongGreyRow(picture.Row(y), result.Row(y), weights);
            else
                AlongColorRow(picture.Row(y), result.Row(y), picture.Channels, weights);
        }
        return result;
    }

    private static void AlongGreyRow(ReadOnlySpan<byte> from, Span<byte> to, ResizeWeights weights)
    {
        for (var x = 0; x < to.Length; x++)
        {
            var sum = Half;
            var taps = weights.Of(x);
            var samples = from.Slice(weights.First(x), taps.Length);
            for (var k = 0; k < taps.Length; k++)
                sum += taps[k] * samples[k];
            to[x] = Clamped(sum);
        }
    }

    // one pixel's channels side by side in a vector; its fourth lane is the next pixel's red where there are only three
    private static void AlongColorRow(ReadOnlySpan<byte> from, Span<byte> to, int channels, ResizeWeights weights)
    {
        ref var first = ref MemoryMarshal.GetReference(from);
        var lastWhole = from.Length - 4;
        for (int x = 0, o = 0; o < to.Length; x++, o += channels)
        {
            var sum = Vector128.Create(Half);
            var at = weights.First(x) * channels;
            foreach (var weight in weights.Of(x))
            {
                var pixel = at <= lastWhole
                    ? Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at))
                    : from[at] | (uint)from[at + 1] << 8 | (uint)from[at + 2] << 16;
                sum += Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(pixel).AsByte())).AsInt32() * weight;
                at += channels;
            }
            for (var c = 0; c < channels; c++)
                to[o + c] = Clamped(sum[c]);
        }
    }

    private static Picture DownColumns(Picture picture, int height, ResizeWeights weights)
    {
        var result = picture.With(picture.Width, height, picture.Channels, new Picture(picture.Width, height, picture.Channels).Pixels);
        var sums = new int[picture.Stride];
        for (var y = 0; y < height; y++)
        {
            sums.AsSpan().Fill(Half);
            var row = weights.First(y);
            foreach (var weight in weights.Of(y))
                AddRow(picture.Row(row++), weight, sums);
            var to = result.Row(y);
            for (var i = 0; i < to.Length; i++)
                to[i] = Clamped(sums[i]);
        }
        return result;
    }

    private static void AddRow(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        var i = 0;
        var step = Vector<int>.Count;
        for (; i + Vector<byte>.Count <= row.Length; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            var to = sums.Slice(i, Vector<byte>.Count);
            (new Vector<int>(to) + (Vector<int>)a * weight).CopyTo(to);
            (new Vector<int>(to[step..]) + (Vector<int>)b * weight).CopyTo(to[step..]);
            (new Vector<int>(to[(2 * step)..]) + (Vector<int>)c * weight).CopyTo(to[(2 * step)..]);
            (new Vector<int>(to[(3 * step)..]) + (Vector<int>)d * weight).CopyTo(to[(3 * step)..]);
        }
        for (; i < row.Length; i++)
            sums[i] += row[i] * weight;
    }

    private static byte Clamped(int sum) => (byte)Math.Clamp(sum >> ResizeWeights.FractionBits, 0, 255);

    private static Picture Premultiplied(Picture picture)
    {
        var pixels = picture.Pixels.AsSpan().ToArray();
        for (var i = 0; i < pixels.Length; i += 4)
        {
            for (var c = 0; c < 3; c++)
            {
                var product = pixels[i + c] * pixels[i + 3] + 128;
                pixels[i + c] = (byte)((product >> 8) + product >> 8);
            }
        }
        return picture.With(picture.Width, picture.Height, 4, pixels);
    }

    private static void Unmultiply(Span<byte> pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha is 0 or 255)
                continue;
            for (var c = 0; c < 3; c++)
                pixels[i + c] = (byte)Math.Min(255, 255 * pixels[i + c] / alpha);
        }
    }
}
