using LoraBridge.Server.Datasets;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class CaptionTagsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" , ,", new string[0])]
    [InlineData("a cat", new[] { "a cat" })]
    [InlineData("cat,  Red ,cat, red", new[] { "cat", "Red" })]
    [InlineData("cat, one\ncat, two", new[] { "cat", "one", "two" })]
    public void Of_ACaption_IsEachTagOnce(string caption, string[] expected) => Assert.Equal(expected, CaptionTags.Of(caption));

    [Theory]
    [InlineData("", "x", true, "x")]
    [InlineData("a,b", "x, y", true, "x, y, a, b")]
    [InlineData("a,b", "x, y", false, "a, b, x, y")]
    [InlineData("a,b ,c", "B", true, "a,b ,c")]
    [InlineData("a\n\nb, x", "x", true, "x, a\n\nb, x")]
    public void With_Tags_AddsThoseThatAreMissing(string caption, string tags, bool atFront, string expected) => Assert.Equal(expected, CaptionTags.With(caption, tags, atFront));

    [Theory]
    [InlineData("a,b ,c", "x", "a,b ,c")]
    [InlineData("a,b ,c", "B, a", "c")]
    [InlineData("a, b\nb", "b", "a\n")]
    [InlineData("", "b", "")]
    public void Without_Tags_TakesThemOut(string caption, string tags, string expected) => Assert.Equal(expected, CaptionTags.Without(caption, tags));

    [Theory]
    [InlineData("a, b, c", " B ", "x, y", "a, x, y, c")]
    [InlineData("a, b, c", "b", "", "a, c")]
    [InlineData("a, b, c", "c", "A", "a, b")]
    [InlineData("a,b ,c", "bc", "x", "a,b ,c")]
    public void Replaced_ATag_StandsInItsPlace(string caption, string tag, string replacement, string expected) => Assert.Equal(expected, CaptionTags.Replaced(caption, tag, replacement));
}
