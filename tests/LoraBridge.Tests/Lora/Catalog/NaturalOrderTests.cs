using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class NaturalOrderTests
{
    [Theory]
    [InlineData("a2", "a10")]
    [InlineData("A2", "a10")]
    [InlineData("a", "B")]
    [InlineData("a", "a1")]
    [InlineData("1a", "a")]
    [InlineData("2", "10")]
    [InlineData("x9y2", "x9y11")]
    [InlineData("", "a")]
    [InlineData("v99999999999999999999998", "v99999999999999999999999")]
    [InlineData("a/2/x", "a/10/x")]
    public void Compare_PutsTheFirstBeforeTheSecond(string first, string second)
    {
        Assert.True(NaturalOrder.Instance.Compare(first, second) < 0);
        Assert.True(NaturalOrder.Instance.Compare(second, first) > 0);
    }

    [Fact]
    public void Compare_NamesThatCountAlike_AreStillInOneOrder()
    {
        Assert.NotEqual(0, NaturalOrder.Instance.Compare("a01", "a1"));
        Assert.NotEqual(0, NaturalOrder.Instance.Compare("A", "a"));
        Assert.Equal(0, NaturalOrder.Instance.Compare("a1", "a1"));
    }

    [Fact]
    public void Compare_IsAnOrder_ForAllTriples()
    {
        string[] names = ["", "0", "00", "1", "01", "a", "A", "a1", "A01", "a1b", "b", "é", "1a", "a10", "a9z", "/"];
        foreach (var a in names)
            foreach (var b in names)
                foreach (var c in names)
                    if (NaturalOrder.Instance.Compare(a, b) < 0 && NaturalOrder.Instance.Compare(b, c) < 0)
                        Assert.True(NaturalOrder.Instance.Compare(a, c) < 0, $"{a} {b} {c}");
    }
}
