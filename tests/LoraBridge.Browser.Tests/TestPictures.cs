using LoraBridge.Imaging;

namespace LoraBridge.Browser.Tests;

/// <summary>Pictures to upload: coloured shapes, each different.</summary>
internal static class TestPictures
{
    /// <summary>So many, named picture-0.png and so on.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Heap(int count, int side = 96) => Enumerable.Range(0, count).Select(i => ($"picture-{i}.png", Png(i, side)));

    /// <summary>So many of the sample style of outlines, named picture-0.png and so on.</summary>
    public static IEnumerable<(string Name, byte[] Bytes, string Caption)> Style(int count) =>
        Directory.GetFiles(Path.Combine(PageServer.Root, "samples", "styles", "outline"), "*.png").Order(StringComparer.Ordinal).Take(count)
            .Select((path, i) => ($"picture-{i}.png", File.ReadAllBytes(path), File.ReadAllText(Path.ChangeExtension(path, ".txt")).Trim()));

    /// <summary>A disc on a gradient; colours, place and size depend on the number.</summary>
    public static byte[] Png(int number, int side = 96) => PictureFile.Encode(Draw(number, side));

    /// <summary>The same, but for one pixel.</summary>
    public static byte[] Nearly(int number, int side = 96)
    {
        var picture = Draw(number, side);
        picture.Pixels[0] ^= 1;
        return PictureFile.Encode(picture);
    }

    private static Picture Draw(int number, int side)
    {
        var picture = new Picture(side, side, 3);
        var random = new Random(number);
        int Some(int from, int to) => random.Next(from, to);
        var (red, green, blue) = (Some(60, 255), Some(60, 255), Some(60, 255));
        var (x0, y0, radius) = (Some(side / 4, 3 * side / 4), Some(side / 4, 3 * side / 4), Some(side / 8, side / 3));
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var inside = (x - x0) * (x - x0) + (y - y0) * (y - y0) < radius * radius;
                var at = (y * side + x) * 3;
                picture.Pixels[at] = (byte)(inside ? red : 255 * x / side);
                picture.Pixels[at + 1] = (byte)(inside ? green : 255 * y / side);
                picture.Pixels[at + 2] = (byte)(inside ? blue : 40 + number * 37 % 200);
            }
        }
        return picture;
    }
}
