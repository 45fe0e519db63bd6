using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class PromptChunksTests
{
    [Theory]
    [InlineData(55, 30, "56 30")]
    [InlineData(54, 30, "75 10")]
    [InlineData(74, 3, "75 3")]
    [InlineData(75, 3, "75 4")]
    [InlineData(40, 34, "75")]
    public void Read_CommaNearTheEnd_IsWhereTheChunkWraps(int before, int after, string expected)
    {
        var prompt = Words(before) + ", " + Words(after);
        Assert.Equal(expected, Lengths(PromptChunks.Read(prompt, Clip.Tokenizer)));
    }

    [Fact]
    public void Read_AttentionPieces_AreTokenisedEach()
    {
        Assert.Equal(1, PromptChunks.Read("cat", Clip.Tokenizer).TokenCount);
        Assert.Equal([.. Clip.Tokenizer.Encode("ca"), .. Clip.Tokenizer.Encode("t")], PromptChunks.Read("ca(t)", Clip.Tokenizer).Chunks[0].Tokens.Skip(1).Take(2));
    }

    [Fact]
    public void Read_EndTokenTypedByTheUser_DoesNotEndTheChunk() =>
        Assert.Equal(3, PromptChunks.Read("cat <|endoftext|> dog", Clip.Tokenizer).TokenCount);

    [Fact]
    public void Read_EmbeddingThatJustFits_StaysInItsChunk()
    {
        var options = new PromptChunkOptions { Embeddings = Names(("bad hand", 5)) };
        Assert.Equal([new(71, "bad hand", 5)], PromptChunks.Read(Words(70) + " bad hand", Clip.Tokenizer, options).Chunks[0].Fixes);
        Assert.Equal(80, PromptChunks.Read(Words(71) + " bad hand", Clip.Tokenizer, options).TokenCount);
    }

    [Fact]
    public void Read_NoBacktrack_CutsAnywhere() =>
        Assert.Equal("75 11", Lengths(PromptChunks.Read(Words(55) + ", " + Words(30), Clip.Tokenizer, new() { CommaBacktrack = 0 })));

    [Theory]
    [InlineData("", "0", 0)]
    [InlineData("cat", "1", 1)]
    [InlineData("BREAK cat", "0 1", 76)]
    [InlineData("cat BREAK", "1", 75)]
    [InlineData("cat BREAK dog BREAK owl", "1 1 1", 151)]
    public void Read_Breaks_EndChunks(string prompt, string expected, int count)
    {
        var chunks = PromptChunks.Read(prompt, Clip.Tokenizer);
        Assert.Equal(expected, Lengths(chunks));
        Assert.Equal(count, chunks.TokenCount);
    }

    [Fact]
    public void Read_Chunk_IsWrappedAndPadded()
    {
        var chunk = PromptChunks.Read("(cat:1.5)", Clip.Tokenizer).Chunks[0];
        Assert.Equal([49406, 2368, .. Enumerable.Repeat(49407, 75)], chunk.Tokens);
        Assert.Equal([1, 1.5, .. Enumerable.Repeat(1.0, 75)], chunk.Weights);
    }

    [Fact]
    public void Read_OpenClip_PadsWithZeroAfterTheEnd()
    {
        var chunk = PromptChunks.Read("cat", Clip.Tokenizer, new() { PadToken = 0 }).Chunks[0];
        Assert.Equal([49406, 2368, 49407, .. Enumerable.Repeat(0, 74)], chunk.Tokens);
    }

    [Fact]
    public void Read_ModeNone_HasBracketsAsTokens() =>
        Assert.Equal(5, PromptChunks.Read("(cat:1)", Clip.Tokenizer, new() { Emphasis = EmphasisMode.None }).TokenCount);

    [Fact]
    public void Read_Embedding_TakesThePlaceOfItsName()
    {
        var options = new PromptChunkOptions { Embeddings = Names(("bad hand", 3), ("bad hand five", 2)) };

        var chunk = PromptChunks.Read("(cat, Bad Hand Five:1.2), bad hand", Clip.Tokenizer, options).Chunks[0];

        Assert.Equal([new(3, "bad hand five", 2), new(6, "bad hand", 3)], chunk.Fixes);
        Assert.Equal([49406, 2368, 267, 0, 0, 267, 0, 0, 0, 49407], chunk.Tokens.Take(10));
        Assert.Equal([1, 1.2, 1.2, 1.2, 1.2, 1, 1, 1, 1, 1], chunk.Weights.Take(10));
    }

    [Fact]
    public void Read_EmbeddingAcrossPieces_IsNotFound()
    {
        var options = new PromptChunkOptions { Embeddings = Names(("bad hand", 3)) };
        Assert.Empty(PromptChunks.Read("bad (hand)", Clip.Tokenizer, options).Chunks[0].Fixes);
    }

    [Fact]
    public void Read_EmbeddingThatDoesNotFit_BeginsAChunkWithoutLookingForAComma()
    {
        var options = new PromptChunkOptions { Embeddings = Names(("bad hand", 5)) };

        var chunks = PromptChunks.Read(Words(60) + ", " + Words(10) + " bad hand cat", Clip.Tokenizer, options);

        Assert.Equal(71, Length(chunks.Chunks[0]));
        Assert.Equal([new(1, "bad hand", 5)], chunks.Chunks[1].Fixes);
        Assert.Equal(81, chunks.TokenCount);
    }

    [Fact]
    public void Read_EmbeddingAfterTheCommaThatWraps_MovesAlong()
    {
        var options = new PromptChunkOptions { Embeddings = Names(("bad hand", 4)) };

        var chunks = PromptChunks.Read(Words(60) + ", dog bad hand " + Words(12), Clip.Tokenizer, options);

        Assert.Empty(chunks.Chunks[0].Fixes);
        Assert.Equal([new(2, "bad hand", 4)], chunks.Chunks[1].Fixes);
        Assert.Equal([0, 0, 0, 0], chunks.Chunks[1].Tokens.Skip(2).Take(4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(76)]
    public void EmbeddingNames_WrongNumberOfVectors_NamesTheEmbedding(int vectors) =>
        Assert.Contains("'big'", Assert.Throws<ArgumentOutOfRangeException>(() => Names(("big", vectors))).Message);

    private static EmbeddingNames Names(params (string, int)[] names) => new(Clip.Tokenizer, names);

    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("cat", count));

    private static string Lengths(PromptChunks chunks) => string.Join(' ', chunks.Chunks.Select(Length));

    private static int Length(PromptChunk chunk)
    {
        Assert.Equal(PromptChunk.Length, chunk.Tokens.Count);
        Assert.Equal(PromptChunk.Length, chunk.Weights.Count);
        return chunk.Tokens.Index().First(token => token.Item == ClipVocabulary.EndToken).Index - 1;
    }
}
