using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class HtmlEntitiesTests
{
    [Theory]
    [InlineData("&lt;a&gt;", "<a>")]
    [InlineData("&amp", "&")]
    [InlineData("&ampx", "&x")]
    [InlineData("&AMP;&LT&QUOT;", "&<\"")]
    [InlineData("&notit;", "¬it;")]
    [InlineData("&not;", "¬")]
    [InlineData("&hellip;", "…")]
    [InlineData("&hellip", "&hellip")]
    [InlineData("&eacute", "é")]
    [InlineData("&EACUTE;", "&EACUTE;")]
    [InlineData("&#65;&#65&#x41;&#X41", "AAAA")]
    [InlineData("&#128;&#x99;", "€™")]
    [InlineData("&#0;&#55296;&#1114112;&#99999999999999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("&#1;&#x7F;&#xFFFF;", "")]
    [InlineData("&#13;", "\r")]
    [InlineData("&#x1F642;", "🙂")]
    [InlineData("&;&#;&#x;& &&", "&;&#;&#x;& &&")]
    [InlineData("&unknown;", "&unknown;")]
    [InlineData("&lang;", "\u27E8")]
    [InlineData("AT&T", "AT&T")]
    [InlineData("a & b", "a & b")]
    public void Unescape_References_AreReadAsInPython(string text, string expected) => Assert.Equal(expected, HtmlEntities.Unescape(text));

    [Theory]
    [InlineData("&amp", "&amp")]
    [InlineData("&amp;", "&")]
    [InlineData("&notit;", "¬it;")]
    [InlineData("&#65", "&#65")]
    public void UnescapeComplete_WithoutSemicolon_IsLeft(string text, string expected) => Assert.Equal(expected, HtmlEntities.UnescapeComplete(text));

    [Fact]
    public void Unescape_AMillionAmpersands_EndsSoon()
    {
        var text = new string('&', 1_000_000);
        Assert.Equal(text, HtmlEntities.Unescape(text));
    }
}
