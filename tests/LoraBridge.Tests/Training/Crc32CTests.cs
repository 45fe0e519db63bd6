using LoraBridge.Training;

namespace LoraBridge.Tests.Training;

public sealed class Crc32CTests
{
    public static TheoryData<byte[], uint> Published => new()
    {
        { "123456789"u8.ToArray(), 0xE3069283 },
        { new byte[32], 0x8A9136AA },
        { [.. Enumerable.Repeat((byte)0xFF, 32)], 0x62A8AB43 },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)i)], 0x46DD794E },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))], 0x113FDB5C },
        { [], 0 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Of_PublishedVectors_IsTheirs(byte[] bytes, uint expected)
    {
        Assert.Equal(expected, Crc32C.Of(bytes));
        Assert.Equal(expected, Crc32C.ByTable(bytes));
    }

    [Fact]
    public void Of_AnyLengthAndSplit_IsTheTables()
    {
        var bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var whole = Crc32C.ByTable(bytes.AsSpan(0, length));
            Assert.Equal(whole, Crc32C.Of(bytes.AsSpan(0, length)));
            Assert.Equal(whole, Crc32C.Of(bytes.AsSpan(length / 3, length - length / 3), Crc32C.Of(bytes.AsSpan(0, length / 3))));
        }
    }

    // turned right by 15 and shifted by 0xa282ead8, worked out by hand: e3069283 -> 2507c60d -> c78ab0e5
    [Fact]
    public void Masked_PublishedVector_IsTurnedAndShifted() => Assert.Equal(0xC78AB0E5u, Crc32C.Masked("123456789"u8));
}
