using LoraBridge.Diffusion.Text;
using LoraBridge.Tests.Diffusion.Text;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class CaptionTokensTests
{
    private const int Start = ClipVocabulary.StartToken, End = ClipVocabulary.EndToken, Cat = 2368;

    [Fact]
    public void Read_ShortCaption_IsPaddedByTheEndToken()
    {
        var tokens = Read("cat", 75);
        Assert.Equal([Start, Cat, .. Enumerable.Repeat(End, 75)], Assert.Single(tokens.Chunks).Tokens);
        Assert.Equal((1, 0, false), (tokens.Count, tokens.Cut, tokens.IsWeighted));
    }

    [Theory]
    [InlineData(75, 1)]
    [InlineData(150, 2)]
    [InlineData(225, 3)]
    public void Read_ShortCaption_StillFillsEveryChunk(int length, int chunks)
    {
        var tokens = Read("cat", length);
        Assert.Equal(chunks, tokens.Chunks.Count);
        Assert.All(tokens.Chunks.Skip(1), chunk => Assert.Equal([Start, .. Enumerable.Repeat(End, 76)], chunk.Tokens));
    }

    [Fact]
    public void Read_LongCaption_IsCutAfterEvery75Tokens()
    {
        var caption = string.Join(' ', Enumerable.Repeat("cat", 60)) + ", " + string.Join(' ', Enumerable.Repeat("cat", 40));
        var tokens = Read(caption, 150);

        Assert.Equal((101, 0), (tokens.Count, tokens.Cut));
        Assert.All(tokens.Chunks, chunk => Assert.Equal((Start, End), (chunk.Tokens[0], chunk.Tokens[76])));
        // no wrapping at the comma: all of the first chunk is text
        Assert.DoesNotContain(End, tokens.Chunks[0].Tokens.Take(76));
        Assert.Equal(26, tokens.Chunks[1].Tokens.Count(token => token == Cat));
        Assert.Equal(26, Read(caption, 75).Cut);
    }

    [Fact]
    public void Read_OpenClipPadding_FollowsTheFirstEndToken()
    {
        var tokens = CaptionTokens.Read("cat", Clip.Tokenizer, new() { TokenLength = 150 }, padToken: 0);
        Assert.Equal([Start, Cat, End, .. Enumerable.Repeat(0, 74)], tokens.Chunks[0].Tokens);
        Assert.Equal([Start, End, .. Enumerable.Repeat(0, 75)], tokens.Chunks[1].Tokens);
    }

    [Fact]
    public void Read_Weighted_WeighsTokens()
    {
        var tokens = CaptionTokens.Read("a (cat:1.5) [dog]", Clip.Tokenizer, new() { Weighted = true });
        Assert.True(tokens.IsWeighted);
        Assert.Equal(3, tokens.Count);
        Assert.Equal([1, 1, 1.5, 1 / 1.1, 1], tokens.Chunks[0].Weights.Take(5).Select(weight => Math.Round(weight, 12)).ToArray(), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void Read_NotWeighted_BracketsAndBreakAreText()
    {
        var tokens = Read("(cat:1.5) BREAK dog", 75);
        Assert.False(tokens.IsWeighted);
        Assert.Equal(Clip.Tokenizer.Count("(cat:1.5) BREAK dog"), tokens.Count);
    }

    [Fact]
    public void Read_OtherLength_IsRefused() => Assert.Contains("225", Assert.Throws<ArgumentException>(() => Read("cat", 77)).Message);

    private static CaptionTokens Read(string caption, int length) => CaptionTokens.Read(caption, Clip.Tokenizer, new() { TokenLength = length });
}
