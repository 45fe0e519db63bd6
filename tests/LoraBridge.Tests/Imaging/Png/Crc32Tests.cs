using LoraBridge.Imaging.Png;

namespace LoraBridge.Tests.Imaging.Png;

public sealed class Crc32Tests
{
    [Fact]
    public void Of_CheckString_IsThePublishedValue() // "123456789", the check value in every catalogue of checksums
    {
        Assert.Equal(0xCBF43926u, Crc32.Of("1234"u8, "56789"u8));
        Assert.Equal(0xAE426082u, Crc32.Of("IEND"u8, []));
    }

    [Fact]
    public void Of_AnyPlaceOfTheCut_IsTheSame()
    {
        var data = new byte[1000];
        new Random(1).NextBytes(data);
        var whole = Crc32.Of([], data);

        for (var cut = 0; cut < 40; cut++)
            Assert.Equal(whole, Crc32.Of(data.AsSpan(0, cut), data.AsSpan(cut)));
    }
}
