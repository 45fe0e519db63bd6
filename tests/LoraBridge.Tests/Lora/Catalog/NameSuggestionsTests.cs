using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class NameSuggestionsTests
{
    private static readonly string[] s_names = ["Cat", "cart", "watercolor_v2", "watercolor_v1", "WaterColor", "ink", "pixel art", ""];

    [Theory]
    [InlineData("cat", "Cat cart")]
    [InlineData("WATERCOLOR", "WaterColor watercolor_v2 watercolor_v1")]
    [InlineData("watercolour_v1", "watercolor_v1 watercolor_v2")]
    [InlineData("color", "WaterColor watercolor_v2 watercolor_v1")]
    [InlineData("my ink style", "ink")]
    [InlineData("nothing like it", "")]
    [InlineData("", "")]
    [InlineData("ca", "Cat")]
    public void For_NamesTheNearest(string text, string expected) => Assert.Equal(expected, string.Join(' ', NameSuggestions.For(text, s_names, 3)));

    [Fact]
    public void For_GivesNoMoreThanAsked() => Assert.Single(NameSuggestions.For("watercolor", s_names, 1));

    [Fact]
    public void For_AnEndlessText_HasNone() => Assert.Empty(NameSuggestions.For(new string('a', 100_000), s_names, 3));
}
