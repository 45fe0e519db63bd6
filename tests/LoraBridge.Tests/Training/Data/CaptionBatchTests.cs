using LoraBridge.Tests.Diffusion.Text;
using LoraBridge.Tests.Native;
using LoraBridge.Training.Data;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Data;

/// <summary>Tensors are counted, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class CaptionBatchTests
{
    [Fact]
    public void Ids_TwoCaptionsOfTwoChunks_AreFourRows()
    {
        using var scope = NewDisposeScope();
        var captions = Read(150, "cat", "dog");
        var ids = CaptionBatch.Ids(captions);

        Assert.Equal([4, 77], ids.shape);
        Assert.Equal(captions.SelectMany(caption => caption.Chunks).SelectMany(chunk => chunk.Tokens).Select(token => (long)token), ids.data<long>().ToArray());
    }

    [Theory]
    [InlineData(75, 77)]
    [InlineData(150, 152)]
    [InlineData(225, 227)]
    public void Join_States_KeepsTheFirstStartTheTextsAndTheLastEnd(int length, int joined)
    {
        using var scope = NewDisposeScope();
        var captions = Read(length, "cat", "dog");
        var chunks = length / 75;
        // each state is its own number, so that the order shows
        var states = arange(2 * chunks * 77, dtype: float32).reshape(2 * chunks, 77, 1);
        var result = CaptionBatch.Join(states, captions);

        Assert.Equal([2, joined, 1], result.shape);
        var expected = Enumerable.Range(0, 2).SelectMany(caption => Enumerable.Range(0, chunks * 77).Where(i => i == 0 || i == chunks * 77 - 1 || i % 77 is not (0 or 76)).Select(i => (float)(caption * chunks * 77 + i)));
        Assert.Equal(expected, result.data<float>().ToArray());
    }

    [Fact]
    public void Join_WeightedCaption_ScalesItsTokensOnly()
    {
        using var scope = NewDisposeScope();
        var options = new CaptionOptions { Weighted = true, TokenLength = 150 };
        CaptionTokens[] captions = [CaptionTokens.Read("a (cat:1.5)", Clip.Tokenizer, options), CaptionTokens.Read("dog", Clip.Tokenizer, options)];
        var result = CaptionBatch.Join(ones([4, 77, 3]), captions);

        var expected = Enumerable.Range(0, 2 * 152 * 3).Select(i => i / 3 == 2 ? 1.5f : 1);
        Assert.Equal(expected, result.data<float>().ToArray());
    }

    [Fact]
    public void Join_OtherShapes_AreNamed()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("(4, 77, D)", Assert.Throws<ArgumentException>(() => CaptionBatch.Join(ones([3, 77, 2]), Read(150, "cat", "dog"))).Message);
        Assert.Throws<ArgumentException>(() => CaptionBatch.Ids([.. Read(75, "cat"), .. Read(150, "cat")]));
        Assert.Throws<ArgumentException>(() => CaptionBatch.Ids([]));
    }

    [Fact]
    public void Join_Always_LeavesOneTensor()
    {
        using var scope = NewDisposeScope();
        var options = new CaptionOptions { Weighted = true, TokenLength = 150 };
        CaptionTokens[] captions = [CaptionTokens.Read("(cat:1.5)", Clip.Tokenizer, options)];
        var states = ones([2, 77, 4]);
        var before = ProcessWide.CountTensors();
        _ = CaptionBatch.Join(states, captions);
        Assert.Equal(1, ProcessWide.CountTensors() - before);
        _ = CaptionBatch.Ids(captions);
        Assert.Equal(2, ProcessWide.CountTensors() - before);
    }

    private static CaptionTokens[] Read(int length, params string[] captions) =>
        [.. captions.Select(caption => CaptionTokens.Read(caption, Clip.Tokenizer, new() { TokenLength = length }))];
}
