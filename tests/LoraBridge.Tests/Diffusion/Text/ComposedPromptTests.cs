using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class ComposedPromptTests
{
    [Theory]
    [InlineData("a", "a|1")]
    [InlineData("", "|1")]
    [InlineData("cat:1.5", "cat|1.5")]
    [InlineData("a:1.2 AND b :0.5", "a|1.2; b|0.5")]
    [InlineData("a AND b", "a|1; b|1")]
    [InlineData("AND", "|1;|1")]
    [InlineData("(a AND b:1.2)", "(a|1; b:1.2)|1")]
    [InlineData("a :-0.5  ", "a|-0.5")]
    [InlineData("a: +2.", "a|2")]
    [InlineData("a:1:2", "a:1|2")]
    [InlineData("a:1e2", "a:1e2|1")]
    [InlineData("a:1.2.3", "a:1.2.3|1")]
    [InlineData("a:.", "a:.|1")]
    [InlineData("a:- 1", "a:- 1|1")]
    [InlineData("a 1.5", "a 1.5|1")]
    [InlineData(":3", "|3")]
    [InlineData("aAND b", "aAND b|1")]
    [InlineData("a AND_b", "a AND_b|1")]
    [InlineData("a and b", "a and b|1")]
    [InlineData("a\nAND\nb", "a|1;\nb|1")]
    public void Parse_Prompt_GivesItsParts(string prompt, string expected) =>
        Assert.Equal(expected, string.Join(';', ComposedPrompt.Parse(prompt).Select(part => $"{part.Text}|{part.Weight}")));
}
