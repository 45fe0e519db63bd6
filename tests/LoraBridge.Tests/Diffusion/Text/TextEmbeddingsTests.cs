using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using TorchSharp;
using LoraBridge.Tests.Native;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Text;

[Collection(ProcessWide.Name)]
public sealed class TextEmbeddingsTests : IDisposable
{
    private static readonly ScheduleSteps s_steps = new() { Steps = 4 };

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Names_FolderAndLora_TheFolderWins()
    {
        var embeddings = new TextEmbeddings(Clip.Tokenizer, 4, [Embedding("a", 1), Embedding("b", 1), Embedding("b", 2)], [Embedding("b", 3), Embedding("c", 3)]);

        Assert.Equal([("a", 1), ("b", 2), ("c", 3)], embeddings.Usable.Select(embedding => (embedding.Name, embedding.Vectors)));
        Assert.Equal(2, embeddings["b"].Vectors);
        Assert.Contains("'d'", Assert.Throws<KeyNotFoundException>(() => embeddings["d"]).Message);
    }

    [Fact]
    public void Warnings_EmbeddingOfAnotherWidth_NamesBothFamilies()
    {
        var embeddings = new TextEmbeddings(
            Clip.Tokenizer,
            768,
            [Embedding("bad hand", 2, 1024), Embedding("big", 76, 768), Embedding("mixed", 1, 1024)],
            [Embedding("mixed", 1, 768)]);

        Assert.Empty(embeddings.Warnings("hand of a cat, mixed"));
        var warnings = embeddings.Warnings("[(Bad Hand:1.2):x:0.5], big, big");
        Assert.Equal(["bad hand", "big"], warnings.Select(warning => warning.Subject));
        Assert.Contains("1024 wide, which is Stable Diffusion 2", warnings[0].Reason);
        Assert.Contains("768 wide (Stable Diffusion 1)", warnings[0].Reason);
        Assert.Contains("76 vectors", warnings[1].Reason);
        Assert.Null(embeddings.Names.Find(Clip.Tokenizer.Encode("big"), 0));
    }

    [Fact]
    public void State_Differs_ByNameOrderOfNumbersAndShape()
    {
        string[] states =
        [
            State(Embedding("a", 2, 4)), State(Embedding("b", 2, 4)), State(Embedding("a", 1, 4)), State(), State(Embedding("a", 2, 4), Embedding("b", 2, 4)),
        ];
        Assert.Equal(5, states.Distinct().Count());
        Assert.Equal(states[0], State(Embedding("a", 2, 4)));

        static string State(params TextEmbedding[] embeddings) => new TextEmbeddings(Clip.Tokenizer, 4, embeddings).State;
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Encode_EmbeddingOfATokensOwnVector_IsThePlainPrompt(ScalarType type)
    {
        using var noGrad = no_grad();
        using var text = Model(type);
        var table = text.get_parameter("text_model.embeddings.token_embedding.weight")!;
        var ids = Clip.Tokenizer.Encode("red dog").ToArray();
        var own = cat([.. ids.Select(id => table.narrow(0, id, 1))], dim: 0);
        using var encoder = new PromptEncoder(Clip.Tokenizer, (tokens, replaced) => text.Encode(tokens, 2, replaced).to(float32));

        using var plain = encoder.Encode("a (red dog:1.3), [red dog|cat]", s_steps);
        encoder.Embeddings = new(Clip.Tokenizer, 16, [TextEmbedding.FromTensor("zebra", own, "file")]);
        using var named = encoder.Encode("a (zebra:1.3), [Zebra|cat]", s_steps);
        using var without = encoder.Encode("a (red dog:1.3), [red dog|cat]", s_steps);

        for (var call = 0; call < 4; call++)
        {
            TensorAssert.Same(plain.At(call), named.At(call), "named");
            TensorAssert.Same(plain.At(call), without.At(call), "not named");
        }
        Assert.Equal("zebra", Assert.Single(named.Embeddings).Name);
        Assert.Empty(without.Embeddings);
    }

    [Fact]
    public void Encode_Embedding_LeavesNoTensorBehind()
    {
        using var noGrad = no_grad();
        using var text = Model(ScalarType.Float32);
        using var encoder = new PromptEncoder(Clip.Tokenizer, (tokens, replaced) => text.Encode(tokens, 1, replaced), new() { CacheSize = 0 });
        encoder.Embeddings = new(Clip.Tokenizer, 16, [Embedding("zebra", 3, 16)]);
        var before = ProcessWide.CountTensors();
        using (var scope = NewDisposeScope())
        {
            encoder.Encode("a zebra AND zebra BREAK zebra", s_steps).Dispose();
            Assert.Equal(0, scope.DisposablesCount);
        }
        Assert.Equal(before, ProcessWide.CountTensors());
    }

    private static TextEmbedding Embedding(string name, int vectors, int width = 4) =>
        TextEmbedding.FromTensor(name, arange(vectors * width, dtype: float32).view(vectors, width), "file");

    /// <summary>A small text encoder that knows all of CLIP's tokens.</summary>
    private static ClipTextModel Model(ScalarType type)
    {
        var model = new ClipTextModel(ClipTextConfig.Tiny with { VocabularySize = 49408, Width = 16, IntermediateWidth = 32, Layers = 2, Heads = 2 }) { ComputeType = type };
        using var generator = new Generator(5);
        ModelWeights.Fill(model, (_, shape) => randn(shape, dtype: float32, device: CPU, generator: generator).to(type));
        return model;
    }
}
