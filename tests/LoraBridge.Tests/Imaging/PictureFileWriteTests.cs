using System.IO.Compression;
using System.Text;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureFileWriteTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lorabridge-pictures").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 3, 3)]
    [InlineData(97, 31, 1)]
    [InlineData(97, 31, 3)]
    [InlineData(97, 31, 4)]
    public void Png_RoundTrip_KeepsEveryBit(int width, int height, int channels)
    {
        var picture = PictureFixtures.Drawn(width, height, channels);

        foreach (var compression in Enum.GetValues<CompressionLevel>())
            PictureAssert.Same(picture, PictureFile.Read(PictureFile.Encode(picture, new() { Compression = compression })), $"{compression}");
    }

    [Fact]
    public void WebP_LosslessRoundTrip_KeepsEveryBit()
    {
        var picture = PictureFixtures.Drawn(97, 31, 3);

        PictureAssert.Same(picture, PictureFile.Read(PictureFile.Encode(picture, new() { Format = PictureFormat.WebP, Lossless = true })));
    }

    [Theory]
    [InlineData(PictureFormat.Jpeg, 3)]
    [InlineData(PictureFormat.Jpeg, 1)]
    [InlineData(PictureFormat.WebP, 3)]
    [InlineData(PictureFormat.WebP, 4)]
    public void Lossy_RoundTrip_StaysCloseAndHigherQualityStaysCloser(PictureFormat format, int channels)
    {
        var picture = PictureFile.Read(PictureFixtures.PathOf(channels switch { 1 => "grey.png", 3 => "rgb.png", _ => "rgba.png" })).Resized(200, 150, ResizeFilter.Bicubic);

        var (rough, fine) = (Again(40), Again(95));

        Assert.InRange(Visible(rough), 24, 60);
        Assert.InRange(Visible(fine), Visible(rough) + 1, 70);

        // colours under clear pixels are the encoder's to change
        double Visible(Picture again) => PictureAssert.Psnr(channels == 4 ? picture.ToRgb() : picture, channels == 4 ? again.ToRgb() : again);

        Picture Again(int quality) => PictureFile.Read(PictureFile.Encode(picture, new() { Format = format, Quality = quality }));
    }

    [Theory]
    [InlineData(PictureFormat.Png, 3)]
    [InlineData(PictureFormat.Jpeg, 1)]
    [InlineData(PictureFormat.Jpeg, 3)]
    [InlineData(PictureFormat.WebP, 3)]
    [InlineData(PictureFormat.WebP, 4)]
    public void Encode_Parameters_AreReadBackFromAnyFormat(PictureFormat format, int channels)
    {
        foreach (var parameters in new[] { "a heron, naïve\nSteps: 20", "狐と月 🦊\nSteps: 20", "odd" })
        {
            var bytes = PictureFile.Encode(PictureFixtures.Drawn(33, 17, channels), new() { Format = format, Parameters = parameters });

            Assert.Equal(parameters, PictureFile.Probe(bytes).Parameters);
            var read = PictureFile.Read(bytes);
            Assert.Equal((33, 17, channels, parameters), (read.Width, read.Height, read.Channels, read.Parameters));
        }
    }

    [Theory]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.WebP)]
    public void Probe_LargeFile_FindsTheSameInTheFileAsInItsBytes(PictureFormat format) // headers and text reach over many read blocks
    {
        var path = Path.Combine(_folder, "large");
        var parameters = string.Concat(Enumerable.Range(0, 6000).Select(i => $"{i},"));
        PictureFile.Write(path, PictureFixtures.Drawn(300, 400, 3), new() { Format = format, Parameters = parameters });

        var info = PictureFile.Probe(path);

        Assert.Equal((format, 300, 400, 3, parameters), (info.Format, info.Width, info.Height, info.Channels, info.Parameters));
        Assert.Equal(info.Text, PictureFile.Read(path).Text);
    }

    [Fact]
    public void Png_LatinText_StandsInATextChunkAndOtherTextInAnInternationalOne()
    {
        var picture = PictureFixtures.Drawn(4, 4, 3);

        Assert.Contains("tEXtparameters\0na\u00efve", Encoding.Latin1.GetString(PictureFile.Encode(picture, new() { Parameters = "naïve" })), StringComparison.Ordinal);
        Assert.Contains("iTXtparameters\0\0\0\0\0狐", Encoding.UTF8.GetString(PictureFile.Encode(picture, new() { Parameters = "狐" })), StringComparison.Ordinal);
    }

    [Fact]
    public void Jpeg_Parameters_StandBehindTheFirstSegmentInBigEndianUtf16()
    {
        var bytes = PictureFile.Encode(PictureFixtures.Drawn(4, 4, 3), new() { Format = PictureFormat.Jpeg, Parameters = "ab" });

        Assert.Equal("JFIF", Encoding.ASCII.GetString(bytes, 6, 4));
        Assert.Equal([0xff, 0xe1], bytes[20..22]);
        Assert.True(bytes.AsSpan().IndexOf("UNICODE\0\0a\0b"u8) > 0);
    }

    [Fact]
    public void Encode_PictureReadFromJpeg_CarriesItsParametersOverUnderThePngKey()
    {
        var picture = PictureFile.Read(PictureFixtures.PathOf("comment-exif-little.jpg"));

        var copy = PictureFile.Read(PictureFile.Encode(picture));

        Assert.Equal(["parameters"], copy.Text.Keys);
        Assert.Equal(picture.Parameters, copy.Parameters);
    }

    [Fact]
    public void Jpeg_TooManyParameters_NamesTheFormatThatHoldsThem()
    {
        var error = Assert.Throws<ArgumentException>(() => PictureFile.Encode(new(4, 4, 3), new() { Format = PictureFormat.Jpeg, Parameters = new('a', 40_000) }));

        Assert.Contains("PNG", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Jpeg_TransparentPicture_LiesOnTheBackground()
    {
        var clear = new Picture(16, 16, 4);

        var onWhite = PictureFile.Read(PictureFile.Encode(clear, new() { Format = PictureFormat.Jpeg }));
        var onRed = PictureFile.Read(PictureFile.Encode(clear, new() { Format = PictureFormat.Jpeg, Quality = 95, Background = new(255, 0, 0) }));

        PictureAssert.Close([.. Enumerable.Repeat((byte)255, 16 * 16 * 3)], onWhite, 1);
        Assert.InRange(onRed.Pixels[0], 250, 255);
        Assert.InRange(onRed.Pixels[1], 0, 5);
    }

    [Theory]
    [InlineData(PictureFormat.Gif)]
    [InlineData(PictureFormat.Bmp)]
    public void Encode_ReadOnlyFormat_NamesTheOthers(PictureFormat format) =>
        Assert.Contains("PNG", Assert.Throws<NotSupportedException>(() => PictureFile.Encode(new(1, 1, 3), new() { Format = format })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Encode_QualityOutOfRange_IsRefused(int quality) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PictureFile.Encode(new(1, 1, 3), new() { Quality = quality }));

    [Fact]
    public void Write_ExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        var path = Path.Combine(_folder, "picture.png");
        File.WriteAllText(path, "old");

        PictureFile.Write(path, PictureFixtures.Drawn(8, 8, 3));

        PictureAssert.Same(PictureFixtures.Drawn(8, 8, 3), PictureFile.Read(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_Fails_LeavesTheOldFileAndNoTemporaryOne()
    {
        var path = Path.Combine(_folder, "taken");
        Directory.CreateDirectory(path); // a file cannot be renamed onto a folder

        Assert.ThrowsAny<IOException>(() => PictureFile.Write(path, PictureFixtures.Drawn(8, 8, 3)));

        Assert.Empty(Directory.GetFiles(_folder));
        Assert.True(Directory.Exists(path));
    }

    [Fact]
    public void Write_WhileOthersRead_NeverShowsHalfAFile()
    {
        var path = Path.Combine(_folder, "picture.png");
        Picture[] versions = [PictureFixtures.Drawn(64, 64, 3, seed: 1), PictureFixtures.Drawn(64, 64, 3, seed: 2)];
        PictureFile.Write(path, versions[0]);

        var writer = Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
                PictureFile.Write(path, versions[i % 2]);
        });
        do
        {
            var seen = PictureFile.Read(path);
            Assert.Contains(versions, version => version.Pixels.AsSpan().SequenceEqual(seen.Pixels));
        }
        while (!writer.IsCompleted);
        Assert.True(writer.IsCompletedSuccessfully);
    }
}
