using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureTests
{
    [Theory]
    [InlineData(0, 1, 3)]
    [InlineData(1, -1, 3)]
    [InlineData(1, 1, 2)]
    [InlineData(60_000, 60_000, 4)]
    public void Constructor_ImpossibleShape_IsRefused(int width, int height, int channels) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Picture(width, height, channels));

    [Fact]
    public void Constructor_WrongNumberOfBytes_NamesBothNumbers()
    {
        var error = Assert.Throws<ArgumentException>(() => new Picture(3, 2, 3, new byte[17]));

        Assert.Contains("18", error.Message, StringComparison.Ordinal);
        Assert.Contains("17", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_Written_ChangesThePicture()
    {
        var picture = new Picture(3, 2, 3);

        picture.Row(1)[3] = 9;

        Assert.Equal(9, picture.Pixels[12]);
    }
}
