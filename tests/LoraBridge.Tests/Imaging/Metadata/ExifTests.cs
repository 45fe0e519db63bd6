using System.Text;
using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Tests.Imaging.Metadata;

public sealed class ExifTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("naïve 狐 🦊\nSteps: 3")]
    [InlineData("狐")]
    public void UserComment_Written_IsReadBack(string comment)
    {
        var exif = ExifReader.Read(ExifWriter.UserComment(comment));

        Assert.Equal(comment, exif.UserComment);
        Assert.Equal(1, exif.Orientation);
    }

    [Fact]
    public void Read_BlockWithItsJpegPrefix_IsTheSame() =>
        Assert.Equal("x", ExifReader.Read([.. "Exif\0\0"u8, .. ExifWriter.UserComment("x")]).UserComment);

    [Fact]
    public void Read_LittleEndianTextInABigEndianBlock_IsToldByItsZeros()
    {
        var block = ExifWriter.UserComment("Steps: 20");
        Encoding.Unicode.GetBytes("Steps: 20").CopyTo(block, block.Length - 18);

        Assert.Equal("Steps: 20", ExifReader.Read(block).UserComment);
    }

    [Theory]
    [InlineData("ASCII\0\0\0")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    public void Read_CommentInOneByteCharacters_IsUnderstood(string set)
    {
        var block = ExifWriter.UserComment("abc");
        Encoding.ASCII.GetBytes(set + "sixsix").CopyTo(block, block.Length - 14);

        Assert.Equal("sixsix", ExifReader.Read(block).UserComment);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(9, 1)]
    [InlineData(700, 1)]
    public void Read_Orientation_IsOneUnlessItIsOneToEight(int stored, int expected)
    {
        byte[] block = [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, (byte)(stored >> 8), (byte)stored, 0, 0, 0, 0, 0, 0];

        Assert.Equal(expected, ExifReader.Read(block).Orientation);
    }

    [Fact]
    public void Read_SpoiltBlocks_NeverThrow()
    {
        var random = new Random(5);
        var original = ExifWriter.UserComment("Steps: 20");
        for (var i = 0; i < 3000; i++)
        {
            var block = original.AsSpan(0, random.Next(original.Length + 1)).ToArray();
            for (var k = 0; k < random.Next(4) && block.Length > 0; k++)
                block[random.Next(block.Length)] = (byte)random.Next(256);

            Assert.InRange(ExifReader.Read(block).Orientation, 1, 8);
        }
    }
}
