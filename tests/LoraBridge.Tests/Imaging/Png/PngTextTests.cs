using LoraBridge.Imaging;
using LoraBridge.Imaging.Png;

namespace LoraBridge.Tests.Imaging.Png;

public sealed class PngTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("é")]
    [InlineData("two\0parts")]
    [InlineData("a keyword of more than seventy-nine characters, which is the most that PNG will hold in it")]
    public void Write_ImpossibleKeyword_IsRefused(string keyword) => Assert.Throws<ArgumentException>(() => PngText.Write(keyword, "value"));

    [Fact]
    public void Encode_SeveralEntries_AllComeBack()
    {
        var text = new Dictionary<string, string> { ["parameters"] = "p", ["Software"] = "LoraBridge", ["note"] = "ž\nź", ["empty"] = "" };

        var bytes = PictureFile.Encode(new(2, 2, 3) { Text = text });

        Assert.Equal(text, PictureFile.Probe(bytes).Text);
    }

    [Fact]
    public void Inflate_MoreThanTheLimit_GivesNothing()
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(new byte[5000]);

        Assert.Equal(new byte[5000], PngText.Inflate(packed.ToArray(), 5000));
        Assert.Null(PngText.Inflate(packed.ToArray(), 4999));
        Assert.Null(PngText.Inflate([1, 2, 3], 100));
        Assert.Null(PngText.Inflate([0x78, 0xbb, 1, 2, 3, 4, 5, 6], 100)); // asks for a preset dictionary
    }
}
