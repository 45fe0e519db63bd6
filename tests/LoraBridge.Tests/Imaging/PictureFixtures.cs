using System.IO.Compression;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Imaging;

/// <summary>What another reader found in a picture of tests/Fixtures/pictures, or why the file must be refused.</summary>
public sealed record PictureFixture
{
    public required string File { get; init; }
    public string? Broken { get; init; }
    public string Format { get; init; } = "";
    public int Width { get; init; }
    public int Height { get; init; }
    public int Channels { get; init; }
    public int Bits { get; init; }
    public int Orientation { get; init; }
    public string? Profile { get; init; }
    public Dictionary<string, string> Text { get; init; } = [];
    public int Tolerance { get; init; }
    public string Pixels { get; init; } = "";
}

/// <summary>The pictures and lists that tests/Fixtures/pictures/make.py wrote.</summary>
internal static class PictureFixtures
{
    public static string Folder { get; } = Path.Combine(GoldenFolders.Fixtures, "pictures");

    public static IReadOnlyList<PictureFixture> All { get; } = ReadLines<PictureFixture>("pictures.jsonl");

    public static PictureFixture Find(string file) => All.Single(fixture => fixture.File == file);

    public static string PathOf(string file) => Path.Combine(Folder, file);

    public static byte[] Bytes(string file) => System.IO.File.ReadAllBytes(PathOf(file));

    public static IReadOnlyList<T> ReadLines<T>(string list) =>
        [.. System.IO.File.ReadLines(PathOf(list)).Select(line => JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!)];

    public static byte[] Unpack(string pixels)
    {
        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(pixels)), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        zlib.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    /// <summary>A picture that exercises every value: a gradient in each channel, and noise.</summary>
    public static Picture Drawn(int width, int height, int channels, int seed = 1)
    {
        var random = new Random(seed);
        var picture = new Picture(width, height, channels);
        for (var y = 0; y < height; y++)
        {
            for (var i = 0; i < picture.Stride; i++)
                picture.Row(y)[i] = (byte)(i * 3 + y * (1 + i % channels) + random.Next(24));
        }
        return picture;
    }
}

/// <summary>Compares pictures and says where they differ.</summary>
internal static class PictureAssert
{
    public static void Close(byte[] expected, Picture actual, int tolerance, string what = "picture")
    {
        Assert.Equal(expected.Length, actual.Pixels.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (Math.Abs(expected[i] - actual.Pixels[i]) > tolerance)
                Assert.Fail($"{what}: pixel ({i % actual.Stride / actual.Channels}, {i / actual.Stride}) channel {i % actual.Channels} is {actual.Pixels[i]}, expected {expected[i]} within {tolerance}");
        }
    }

    public static void Same(Picture expected, Picture actual, string what = "picture")
    {
        Assert.Equal((expected.Width, expected.Height, expected.Channels), (actual.Width, actual.Height, actual.Channels));
        Close(expected.Pixels, actual, 0, what);
    }

    /// <summary>Peak signal-to-noise ratio in decibels; lossy codecs keep photographs above 30.</summary>
    public static double Psnr(Picture expected, Picture actual)
    {
        Assert.Equal(expected.Pixels.Length, actual.Pixels.Length);
        var error = expected.Pixels.Zip(actual.Pixels, (a, b) => (double)(a - b) * (a - b)).Average();
        return 10 * Math.Log10(255 * 255 / error);
    }
}
