using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureFileTests
{
    public static TheoryData<string> Readable => [.. PictureFixtures.All.Where(fixture => fixture.Broken is null).Select(fixture => fixture.File)];

    public static TheoryData<string> Broken => [.. PictureFixtures.All.Where(fixture => fixture.Broken is not null).Select(fixture => fixture.File)];

    [Theory]
    [MemberData(nameof(Readable))]
    public void Read_ForeignFile_GivesThePixelsAnotherReaderGives(string file)
    {
        var expected = PictureFixtures.Find(file);

        var picture = PictureFile.Read(PictureFixtures.PathOf(file));

        Assert.Equal((expected.Width, expected.Height, expected.Channels), (picture.Width, picture.Height, picture.Channels));
        PictureAssert.Close(PictureFixtures.Unpack(expected.Pixels), picture, expected.Tolerance, file);
        Assert.Equal(expected.Text, picture.Text);
        Assert.Equal(expected.Profile, picture.ColorProfile);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Probe_ForeignFile_SaysWhatReadingGives(string file)
    {
        var expected = PictureFixtures.Find(file);

        var info = PictureFile.Probe(PictureFixtures.PathOf(file));

        Assert.Equal(expected.Format, info.Format.ToString(), ignoreCase: true);
        Assert.Equal((expected.Width, expected.Height, expected.Channels), (info.Width, info.Height, info.Channels));
        Assert.Equal(expected.Bits, info.BitDepth);
        Assert.Equal(expected.Orientation, info.Orientation);
        Assert.Equal(expected.Profile, info.ColorProfile);
        Assert.Equal(expected.Profile is not null, info.HasColorProfile);
        Assert.Equal(expected.Text, info.Text);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void Probe_FileAndItsBytes_SayTheSame(string file)
    {
        var fromFile = PictureFile.Probe(PictureFixtures.PathOf(file));
        var fromBytes = PictureFile.Probe(PictureFixtures.Bytes(file));

        Assert.Equal(fromFile with { Text = fromBytes.Text }, fromBytes);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Read_BrokenFile_NamesTheFileTheReasonAndTheCure(string file)
    {
        var path = PictureFixtures.PathOf(file);

        var error = Assert.Throws<PictureFormatException>(() => PictureFile.Read(path));

        Assert.Equal(path, error.PictureName);
        Assert.Contains(PictureFixtures.Find(file).Broken!, error.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith($"{path}: {error.Reason}. ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Cure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("truncated.png")]
    [InlineData("truncated.jpg")]
    [InlineData("truncated.gif")]
    [InlineData("truncated.bmp")]
    [InlineData("bad-checksum.png")]
    [InlineData("damaged.jpg")]
    public void Read_DamagedFileAllowed_GivesTheWholePartAsItWas(string file)
    {
        var picture = PictureFile.Read(PictureFixtures.PathOf(file), new() { AllowDamaged = true });

        var whole = PictureFile.Read(PictureFixtures.PathOf(file switch
        {
            "truncated.gif" => "plain.gif",
            "truncated.bmp" => "rgb.bmp",
            _ when file.EndsWith(".png", StringComparison.Ordinal) => "filters.png",
            _ => "baseline.jpg",
        }));
        Assert.Equal((whole.Width, whole.Height, whole.Channels), (picture.Width, picture.Height, picture.Channels));
        var intact = file.EndsWith(".bmp", StringComparison.Ordinal) ? whole.Height - 3 : 0; // BMP begins at the bottom
        Assert.Equal(whole.Row(intact)[..24], picture.Row(intact)[..24]);
        Assert.NotEqual(file == "bad-checksum.png", !whole.Pixels.AsSpan().SequenceEqual(picture.Pixels));
    }

    [Fact]
    public void Read_OrientationNotApplied_LeavesTheStoredPixels()
    {
        var stored = PictureFile.Read(PictureFixtures.PathOf("orientation-6.jpg"), new() { ApplyOrientation = false });
        var shown = PictureFile.Read(PictureFixtures.PathOf("orientation-6.jpg"));

        Assert.Equal((16, 9), (stored.Width, stored.Height));
        Assert.Equal((9, 16), (shown.Width, shown.Height));
        PictureAssert.Same(stored.Rotated90(), shown);
    }

    [Fact]
    public void Read_MorePixelsThanAllowed_IsRefusedBeforeDecoding()
    {
        var error = Assert.Throws<PictureFormatException>(() => PictureFile.Read(PictureFixtures.PathOf("rgb.png"), new() { MaxPixels = 100 }));

        Assert.Contains("37x23", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoSuchFile_SaysSo() =>
        Assert.Throws<FileNotFoundException>(() => PictureFile.Read(PictureFixtures.PathOf("no-such-picture.png")));

    [Fact]
    public void Read_StreamInSmallPieces_ReadsToItsEnd()
    {
        using var slow = new PiecewiseStream(PictureFixtures.Bytes("rgba.png"), piece: 7);

        var picture = PictureFile.Read(slow, "upload 3");

        PictureAssert.Same(PictureFile.Read(PictureFixtures.PathOf("rgba.png")), picture);
    }

    [Fact]
    public void Read_BrokenStream_IsCalledByItsGivenName()
    {
        using var stream = new MemoryStream(PictureFixtures.Bytes("truncated.png"));

        var error = Assert.Throws<PictureFormatException>(() => PictureFile.Read(stream, "upload 3"));

        Assert.Equal("upload 3", error.PictureName);
    }

    [Theory]
    [InlineData("text-latin1.png")]
    [InlineData("comment-exif-little.jpg")]
    [InlineData("comment.jpg")]
    [InlineData("interlaced.gif")]
    public void Parameters_WhereverTheyStand_AreFound(string file) =>
        Assert.StartsWith("a heron in reeds", PictureFile.Probe(PictureFixtures.PathOf(file)).Parameters, StringComparison.Ordinal);

    [Fact]
    public void Parameters_BothInExifAndPng_ComeFromExif()
    {
        var text = new Dictionary<string, string> { ["parameters"] = "from the chunk", ["UserComment"] = "from EXIF" };

        Assert.Equal("from EXIF", new Picture(1, 1, 3) { Text = text }.Parameters);
        Assert.Equal("from the chunk", new Picture(1, 1, 3) { Text = new Dictionary<string, string>(text) { ["UserComment"] = "" } }.Parameters);
        Assert.Null(new Picture(1, 1, 3).Parameters);
    }

    private sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }
}
