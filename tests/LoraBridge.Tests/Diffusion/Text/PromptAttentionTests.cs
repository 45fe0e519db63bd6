using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class PromptAttentionTests
{
    [Theory]
    [InlineData("a (b:1.2) c", "a |1;b|1.2; c|1")]
    [InlineData("(a, (b:1.5):1.2)", "a, |1.2;b|1.8")]
    [InlineData("[[a]]", "a|0.8264")]
    [InlineData("(a:-1)", "a|-1")]
    [InlineData("(a:b:1.2)", "a:b|1.2")]
    [InlineData(@"(a\):1.3)", "a)|1.3")]
    [InlineData("[x:1.2]", "x:1.2|0.9091")]
    [InlineData("(x:abc)", "x:abc|1.1")]
    [InlineData("(x", "x|1.1")]
    [InlineData("([x", "x|1")]
    [InlineData("x) y]", "x) y]|1")]
    [InlineData("x:1.2)", "x:1.2)|1")]
    [InlineData(@"a \n", "a n|1")]
    [InlineData(@"a\", "a|1")]
    [InlineData("(a [b) c]", "a |1.1;b|1; c|0.9091")]
    [InlineData("(a: 1.3 )", "a|1.3")]
    [InlineData("(a:.5)(b:2.)", "a|0.5;b|2")]
    [InlineData("(a:1.2.3)", "a:1.2.3|1.1")]
    [InlineData("(a:.)", "a:.|1.1")]
    [InlineData("(a:+)", "a:+|1.1")]
    [InlineData("", "|1")]
    [InlineData(@"a\\b\[c\]\(d", @"a\b[c](d|1")]
    [InlineData("(a)(b:1.1)[c]", "ab|1.1;c|0.9091")]
    [InlineData("((a))", "a|1.21")]
    [InlineData("(a:+1.3)", "a|1.3")]
    [InlineData("(a : 1.3)", "a |1.3")]
    [InlineData("(a:1e2)", "a:1e2|1.1")]
    [InlineData("(a\n:1.2)", "a\n|1.2")]
    public void Parse_Brackets_GiveTheirWeights(string prompt, string expected) =>
        Assert.Equal(expected, string.Join(';', PromptAttention.Parse(prompt).Select(piece => $"{piece.Text}|{Math.Round(piece.Weight, 4)}")));

    [Fact]
    public void Parse_BreakAsAWord_IsABreakWithoutTheSpaceAround()
    {
        var pieces = PromptAttention.Parse("a  BREAK\nb");
        Assert.Equal(["a", "BREAK", "b"], pieces.Select(piece => piece.Text));
        Assert.Equal([false, true, false], pieces.Select(piece => piece.IsBreak));
    }

    [Theory]
    [InlineData("aBREAK")]
    [InlineData("BREAK1")]
    [InlineData("_BREAK")]
    [InlineData("éBREAK")]
    [InlineData("break")]
    public void Parse_BreakInsideAWord_IsText(string prompt) => Assert.Equal([new(prompt, 1)], PromptAttention.Parse(prompt));

    [Fact]
    public void Parse_BreakInBrackets_IsTheWord()
    {
        var pieces = PromptAttention.Parse("(a BREAK b:1.2)");
        Assert.Equal(new AttentionPiece("BREAK", -1.2), pieces[1]);
        Assert.DoesNotContain(pieces, piece => piece.IsBreak);
    }

    [Fact]
    public void Parse_ModeNone_IsOnePiece() =>
        Assert.Equal([new("(a:1.2) BREAK [b]", 1)], PromptAttention.Parse("(a:1.2) BREAK [b]", EmphasisMode.None));

    [Fact]
    public void Parse_ModeIgnore_KeepsThePiecesAndTheBreak()
    {
        var pieces = PromptAttention.Parse("(a:1.2) BREAK [b]", EmphasisMode.Ignore);
        Assert.Equal(["a", "", "BREAK", "", "b"], pieces.Select(piece => piece.Text));
        Assert.All(pieces, piece => Assert.Equal(piece.IsBreak ? -1 : 1, piece.Weight));
    }

    [Fact]
    public void Parse_NumberInOtherDigits_IsANumber() => Assert.Equal([new("a", 1.5)], PromptAttention.Parse("(a:１.５)"));
}
