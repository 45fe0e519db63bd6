using LoraBridge.Imaging;
using LoraBridge.Imaging.Gif;

namespace LoraBridge.Tests.Imaging.Gif;

public sealed class GifReaderTests
{
    private const int CanvasWidth = 6;

    [Fact]
    public void Read_FrameSmallerThanTheCanvas_LeavesTheRestTransparent()
    {
        var bytes = PictureFixtures.Bytes("plain.gif");
        bytes[CanvasWidth] += 5;

        var picture = PictureFile.Read(bytes);

        Assert.Equal((42, 4), (picture.Width, picture.Channels));
        PictureAssert.Same(PictureFile.Read(PictureFixtures.PathOf("plain.gif")), picture.Cropped(0, 0, 37, 23).ToRgb());
        Assert.All(picture.Cropped(37, 0, 5, 23).Alpha().Pixels, alpha => Assert.Equal(0, alpha));
        Assert.All(picture.Cropped(0, 0, 37, 23).Alpha().Pixels, alpha => Assert.Equal(255, alpha));
    }

    [Fact]
    public void Read_FrameLargerThanTheCanvas_EnlargesIt()
    {
        var bytes = PictureFixtures.Bytes("plain.gif");
        bytes[CanvasWidth] -= 5;

        PictureAssert.Same(PictureFile.Read(PictureFixtures.PathOf("plain.gif")), PictureFile.Read(bytes));
    }

    [Fact]
    public void Lzw_CodesWorkedOutByHand_UnpackToTheirIndices()
    {
        // code size 2: clear 4, end 5; of three bits each: 4, 1, 6 (= 1 1, defined by itself), 2 (defines 7, so codes grow to four bits), 5
        var indices = new byte[6];

        var count = GifLzw.Decode(Packed(4, 1, 6, 2, 5), 2, indices);

        Assert.Equal(4, count);
        Assert.Equal([1, 1, 1, 2], indices[..4]);
    }

    [Theory]
    [InlineData(7)]  // beyond all codes
    [InlineData(6)]  // defined by a code before it, but there is none
    public void Lzw_UndefinedCode_EndsThePicture(int code) => Assert.Equal(0, GifLzw.Decode(Packed(4, code, 1), 2, new byte[9]));

    [Fact]
    public void Lzw_MoreIndicesThanRoom_StopsAtTheEnd() => Assert.Equal(2, GifLzw.Decode(Packed(4, 1, 6, 6), 2, new byte[2]));

    private static byte[] Packed(params int[] codes)
    {
        var bits = codes.Select((code, i) => (long)code << 3 * i).Sum();
        return BitConverter.GetBytes(bits)[..((codes.Length * 3 + 7) / 8)];
    }
}
