using System.Buffers.Binary;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging.Bmp;

public sealed class BmpReaderTests
{
    private const int Compression = 30, BitsPerPixel = 28;

    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    public void Read_ColorMasksForDepthsWithoutThem_IsRefused(byte bits)
    {
        var bytes = PictureFixtures.Bytes("alpha.bmp");
        bytes[BitsPerPixel] = bits;

        Assert.Contains("masks", Assert.Throws<PictureFormatException>(() => PictureFile.Read(bytes)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ShortHeaderWithADepthItDoesNotHave_IsRefused()
    {
        var bytes = PictureFixtures.Bytes("short-header.bmp");
        bytes[24] = 32;

        Assert.Contains("32 bits", Assert.Throws<PictureFormatException>(() => PictureFile.Read(bytes)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CompressedFile_SaysThatItIsNotSupported()
    {
        var bytes = PictureFixtures.Bytes("palette.bmp");
        bytes[Compression] = 1;

        Assert.Contains("compressed", Assert.Throws<PictureFormatException>(() => PictureFile.Read(bytes)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ThirtyTwoBitsWithoutMasks_HasNoAlpha() // the fourth byte is filling there
    {
        var bytes = PictureFixtures.Bytes("alpha.bmp");
        bytes[Compression] = 0;

        var picture = PictureFile.Read(bytes);

        Assert.Equal(3, picture.Channels);
        PictureAssert.Same(PictureFile.Read(PictureFixtures.PathOf("rgb.png")), picture);
    }

    [Fact]
    public void Read_SizeOfTheMostNegativeNumber_IsRefused()
    {
        var bytes = PictureFixtures.Bytes("rgb.bmp");
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), int.MinValue);

        Assert.Throws<PictureFormatException>(() => PictureFile.Probe(bytes));
    }
}
