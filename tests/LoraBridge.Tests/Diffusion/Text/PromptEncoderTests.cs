using LoraBridge.Diffusion.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Text;

/// <summary>Encodes with a stand-in: a token's state is its own number, in two features.</summary>
public sealed class PromptEncoderTests : IDisposable
{
    private static readonly ScheduleSteps s_steps = new() { Steps = 10 };

    private readonly List<long[]> _calls = [];
    private readonly List<(long Row, long Position, float[] Values)> _places = [];
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Encode_PlainPrompt_IsTheEncodersStates()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("cat", s_steps);
        Assert.Equal([1L, 77, 2], conditioning.At(0).shape);
        Assert.Equal([49406f, 2368, 49407], Row(conditioning.At(0), 3));
    }

    [Fact]
    public void Encode_LongPrompt_JoinsItsChunks()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("cat BREAK dog", s_steps);
        Assert.Equal(154, conditioning.Length);
        Assert.Equal(1929, conditioning.At(0)[0, 78, 0].ToSingle());
    }

    [Fact]
    public void Encode_Weights_KeepTheMeanOfTheChunk()
    {
        using var encoder = Encoder();
        using var plain = encoder.EncodeNegative("cat dog", s_steps);
        using var weighted = encoder.EncodeNegative("(cat:2) dog", s_steps);

        Assert.Equal(plain.At(0).mean().ToSingle(), weighted.At(0).mean().ToSingle(), 0.01);
        var (before, after) = (Row(plain.At(0), 3), Row(weighted.At(0), 3));
        Assert.Equal(2 * before[1] / before[2], after[1] / after[2], 1e-4);
    }

    [Fact]
    public void Encode_NoNormAndIgnore_LeaveTheOtherTokens()
    {
        using var noNorm = Encoder(new() { Chunks = new() { Emphasis = EmphasisMode.NoNorm } });
        using var ignore = Encoder(new() { Chunks = new() { Emphasis = EmphasisMode.Ignore } });
        using var scaled = noNorm.EncodeNegative("(cat:2) dog", s_steps);
        using var ignored = ignore.EncodeNegative("(cat:2) dog", s_steps);

        Assert.Equal([49406f, 4736, 1929], Row(scaled.At(0), 3));
        Assert.Equal([49406f, 2368, 1929], Row(ignored.At(0), 3));
    }

    [Fact]
    public void Encode_Schedule_UsesTheFirstEndNotPassedAndWraps()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("[cat:dog:5]", s_steps);

        Assert.Equal([5, 10], conditioning.Ends);
        Assert.Equal([2368f, 2368, 1929, 1929, 2368], new[] { 0, 5, 6, 10, 11 }.Select(call => Row(conditioning.At(call), 2)[1]));
        Assert.True(conditioning.IsSame(0, 5));
        Assert.False(conditioning.IsSame(5, 6));
    }

    [Fact]
    public void Encode_Alternation_EncodesEachTextOnceAndCountsItOftenInTheMean()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("[cat|(dog:3)|cat]", new() { Steps = 4 });
        Assert.Equal(2 * 77, Assert.Single(_calls).Length);

        // cat stands at 3 of 4 steps, so its mean counts three times
        var (cat, dog) = (Mean(2368), Mean(1929));
        var after = (3 * cat.Plain + dog.Scaled(1929, 3)) / 4;
        var factor = (3 * cat.Plain + dog.Plain) / 4 / after;
        Assert.Equal(factor * 2368, Row(conditioning.At(0), 2)[1], 0.5);
    }

    [Fact]
    public void Encode_TextsOfDifferentLength_AreFilledWithTheEmptyChunk()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("[cat BREAK dog:owl:5]", s_steps);
        Assert.Equal(154, conditioning.Length);
        Assert.Equal([49406f, 49407], conditioning.At(9)[0, TensorIndex.Slice(77, 79), 0].data<float>());
    }

    [Fact]
    public void Encode_And_HasPartsWithWeights()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.Encode("cat:0.5 AND dog AND cat BREAK owl :-1", s_steps);

        Assert.Equal([0.5, 1, -1], conditioning.Parts.Select(part => part.Weight));
        var rows = conditioning.At(0);
        Assert.Equal([3L, 154, 2], rows.shape);
        // the shorter part repeats its last row
        Assert.Equal(49407, rows[0, 153, 0].ToSingle());
        Assert.Equal(49406, rows[2, 77, 0].ToSingle());
    }

    [Fact]
    public void EncodeNegative_And_IsAWord()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("cat AND dog", s_steps);
        Assert.Equal([49406f, 2368, 537, 1929], Row(conditioning.At(0), 4));
    }

    [Fact]
    public void Encode_SameTextAgain_IsTakenFromTheCache()
    {
        using var encoder = Encoder(new() { CacheSize = 2 });
        encoder.EncodeNegative("cat", s_steps).Dispose();
        encoder.Encode("cat:1.5", new() { Steps = 30 }).Dispose();
        Assert.Single(_calls);

        encoder.EncodeNegative("dog", s_steps).Dispose();
        encoder.EncodeNegative("owl", s_steps).Dispose();
        encoder.EncodeNegative("dog", s_steps).Dispose();
        Assert.Equal(3, _calls.Count);
        encoder.EncodeNegative("cat", s_steps).Dispose();
        Assert.Equal(4, _calls.Count);
    }

    [Fact]
    public void Clear_ConditioningHandedOut_StaysGood()
    {
        var encoder = Encoder();
        using var first = encoder.EncodeNegative("cat", s_steps);
        using var second = encoder.EncodeNegative("cat", s_steps);
        encoder.Dispose();
        first.Dispose();
        Assert.Equal(2368, second.At(0)[0, 1, 0].ToSingle());
        encoder.EncodeNegative("cat", s_steps).Dispose();
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public void Encode_ManyTexts_AreEncodedInBatches()
    {
        using var encoder = Encoder(new() { BatchSize = 2 });
        using var conditioning = encoder.EncodeNegative("[cat|dog|owl]", s_steps);
        Assert.Equal([2 * 77, 77], _calls.Select(call => call.Length));
        Assert.Equal(Clip.Tokenizer.Encode("owl")[0], conditioning.At(3)[0, 1, 0].ToSingle());
    }

    [Fact]
    public void Encode_Embedding_ReachesTheEncoderWithItsRowAndVectors()
    {
        using var encoder = Encoder();
        encoder.Embeddings = Embeddings(("bad hand", [1, 2, 3, 4, 5, 6]));

        using var conditioning = encoder.Encode("[cat|dog bad hand] AND Bad Hand", s_steps);

        Assert.Equal([(1, 2), (0, 1)], _places.Select(place => (place.Row, place.Position)));
        Assert.All(_places, place => Assert.Equal([1f, 2, 3, 4, 5, 6], place.Values));
        Assert.Equal(["bad hand"], conditioning.Embeddings.Select(embedding => embedding.Name));
    }

    [Fact]
    public void Encode_OtherEmbeddings_AreEncodedApartAndBothKept()
    {
        using var encoder = Encoder();
        var (first, second) = (Embeddings(("owl", [1, 2])), Embeddings(("owl", [1, 3])));
        foreach (var embeddings in new[] { first, second, null, first, second, null })
        {
            encoder.Embeddings = embeddings;
            using var conditioning = encoder.EncodeNegative("owl", s_steps);
            Assert.Equal(embeddings is null ? 0 : 1, conditioning.Embeddings.Count);
        }
        Assert.Equal(3, _calls.Count);
        Assert.Equal([2f, 3], _places.Select(place => place.Values[1]));
    }

    [Fact]
    public void Encode_EmbeddingInSeveralTexts_IsReportedOnceEach()
    {
        using var encoder = Encoder();
        encoder.Embeddings = Embeddings(("owl", [1, 2]), ("dog", [3, 4]), ("cat", [5, 6]));
        using var conditioning = encoder.EncodeNegative("dog [owl:dog:5] BREAK owl", s_steps);
        Assert.Equal(["dog", "owl"], conditioning.Embeddings.Select(embedding => embedding.Name));
    }

    [Fact]
    public void TextEncoderState_Change_KeepsWhatWasEncodedInEach()
    {
        using var encoder = Encoder();
        foreach (var state in new[] { "", "a:0.5", "", "a:0.5", "a:0.6" })
        {
            encoder.TextEncoderState = state;
            encoder.EncodeNegative("cat", s_steps).Dispose();
        }
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public void Encode_StateAndText_AreNotMistakenForEachOther()
    {
        using var encoder = Encoder();
        encoder.TextEncoderState = "1:a";
        encoder.EncodeNegative("b", s_steps).Dispose();
        encoder.TextEncoderState = "1";
        encoder.EncodeNegative("a1:b", s_steps).Dispose();
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public void Encode_IdenticalParts_AreEncodedOnce()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.Encode("cat:0.5 AND cat:2", s_steps);
        Assert.Equal(2, conditioning.Parts.Count);
        // the space after AND belongs to the second text
        Assert.Equal(2, _calls.Count);
        encoder.Encode("cat AND cat AND cat", s_steps).Dispose();
        Assert.Equal(2, _calls.Count);
    }

    [Fact]
    public void Pad_ShorterConditioning_IsFilledWithTheEmptyPrompt()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.EncodeNegative("cat", s_steps);

        var padded = encoder.Pad(conditioning.At(0), 231);

        Assert.Equal([1L, 231, 2], padded.shape);
        Assert.Equal([49406f, 2368, 49406, 49407, 49406], new[] { 0, 1, 77, 78, 154 }.Select(i => padded[0, i, 0].ToSingle()));
        Assert.Throws<ArgumentException>(() => encoder.Pad(padded, 77));
        Assert.Throws<ArgumentException>(() => encoder.Pad(padded, 300));
    }

    [Fact]
    public void Encode_Twice_LeavesNoTensorBehind()
    {
        using var encoder = Encoder();
        using var conditioning = encoder.Encode("(cat:1.2) AND [dog|owl]", s_steps);
        using var scope = NewDisposeScope();

        encoder.Encode("(cat:1.3) AND [dog|cat]", s_steps).Dispose();
        conditioning.At(3).Dispose();

        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Apply_WeightsOfAnotherShape_SaysWhatIsWanted() =>
        Assert.Contains("1 rows of 77", Assert.Throws<ArgumentException>(() => Emphasis.Apply(zeros(1, 77, 2), [[1.0]], EmphasisMode.Original)).Message);

    private PromptEncoder Encoder(PromptEncoderOptions? options = null) => new(
        Clip.Tokenizer,
        (ids, places) =>
        {
            using var scope = NewDisposeScope();
            _calls.Add([.. ids.data<long>()]);
            _places.AddRange(places.Select(place => (place.Row, place.Position, place.Vectors.data<float>().ToArray())));
            var states = ids.to(ScalarType.Float32).unsqueeze(-1);
            return cat([states, states * 0.5f], dim: -1).MoveToOuterDisposeScope();
        },
        options);

    private static TextEmbeddings Embeddings(params (string Name, float[] Values)[] embeddings) => new(
        Clip.Tokenizer,
        2,
        embeddings.Select(row => TextEmbedding.FromTensor(row.Name, tensor(row.Values, [row.Values.Length / 2, 2]), "file")));

    private static float[] Row(Tensor conditioning, int count) => [.. conditioning[0, TensorIndex.Slice(0, count), 0].to(ScalarType.Float32).contiguous().data<float>()];

    /// <summary>The mean of a chunk with one word, both features.</summary>
    private static (double Plain, Func<double, double, double> Scaled) Mean(double token)
    {
        var sum = 49406 + token + 75.0 * 49407;
        return (sum * 0.75 / 77, (word, weight) => (sum + (weight - 1) * word) * 0.75 / 77);
    }
}
