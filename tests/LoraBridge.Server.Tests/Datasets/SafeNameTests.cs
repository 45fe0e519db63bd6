using LoraBridge.Server.Datasets;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class SafeNameTests
{
    [Theory]
    [InlineData("a.png", "a.png")]
    [InlineData("folder/sub/a b (2).png", "a b (2).png")]
    [InlineData("folder\\a.png", "a.png")]
    [InlineData("e\u0301.png", "é.png")]
    [InlineData("猫 & 犬.png", "猫 & 犬.png")]
    [InlineData("console.png", "console.png")]
    [InlineData("com10.png", "com10.png")]
    [InlineData("a..b.png", "a..b.png")]
    public void Leaf_OfAName_IsTheName(string sent, string expected)
    {
        Assert.Equal(expected, SafeName.Leaf(sent, out var fault));
        Assert.Null(fault);
    }

    [Fact]
    public void Leaf_OfHalfASurrogatePair_IsNone()
    {
        Assert.Null(SafeName.Leaf("a\ud800.png", out var fault));
        Assert.Equal("The name is not valid Unicode.", fault);
    }

    [Fact]
    public void Leaf_AsLongAsFilesMayBe_LeavesRoomForACaption()
    {
        Assert.NotNull(SafeName.Leaf(new string('a', 196) + ".png", out _));
        Assert.Null(SafeName.Leaf(new string('é', 100) + ".png", out _));
    }
}
