using LoraBridge.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class ClipTextModelTests
{
    [Fact]
    public void Call_LaterTokenChanges_LeavesTheStatesBeforeItAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var text = Tiny.Text();
        var ids = Ids();
        var changed = ids.clone();
        changed[0].narrow(0, 40, 1).fill_(7);

        var (before, after) = (text.call(ids, 1), text.call(changed, 1));

        TensorAssert.Same(before.narrow(1, 0, 40), after.narrow(1, 0, 40), "tokens before");
        Assert.True(TensorAssert.MaxDifference(before.narrow(1, 40, 37), after.narrow(1, 40, 37)) > 1e-3);
    }

    [Fact]
    public void Call_ClipSkip_NormalisesAnEarlierHiddenState()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var text = Tiny.Text();
        var states = text.HiddenStates(Ids());
        Assert.Equal(text.Config.Layers + 1, states.Count);

        for (var clipSkip = 1; clipSkip <= text.Config.Layers; clipSkip++)
        {
            var (weight, bias) = (text.get_parameter("text_model.final_layer_norm.weight"), text.get_parameter("text_model.final_layer_norm.bias"));
            var exact = nn.functional.layer_norm(states[^clipSkip].to(float64), [64], weight!.to(float64), bias!.to(float64));
            // values reach 4, where float32 is 5e-7 apart, and a small spread is multiplied up: a quarter of what text states are held to
            TensorAssert.Close(exact.to(float32), text.call(Ids(), clipSkip), 5e-6, $"clip skip {clipSkip}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Call_ClipSkipOutOfRange_NamesTheRange(int clipSkip)
    {
        using var scope = NewDisposeScope();
        using var text = Tiny.Text();
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => text.call(Ids(), clipSkip));
        Assert.Contains($"from 1 to 3, the number of layers, not {clipSkip}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_LongerThanItsPositions_SaysWhatToDo()
    {
        using var scope = NewDisposeScope();
        using var text = Tiny.Text();
        var error = Assert.Throws<ArgumentException>(() => text.call(zeros([1, 78], dtype: int64, device: CPU), 1));
        Assert.Contains("chunks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ReplacedByTheTokensOwnVectors_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var text = Tiny.Text();
        var ids = Ids();
        var table = text.get_parameter("text_model.embeddings.token_embedding.weight")!;
        var own = table.index_select(0, ids[1].narrow(0, 5, 3));

        var plain = text.call(ids, 1);

        TensorAssert.Same(plain, text.Encode(ids, 1, [new(1, 5, own)]));
        TensorAssert.Same(plain, text.call(ids, 1), "and the table is as it was");
    }

    [Fact]
    public void Encode_OtherVectors_ChangeTheirRowFromTheirPositionOn()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var text = Tiny.Text();
        var ids = Ids();

        var plain = text.call(ids, 1);
        var replaced = text.Encode(ids, 1, [new(1, 75, Tiny.Normal(3, 4, 64))]);    // two of four positions fit

        TensorAssert.Same(plain[0], replaced[0], "the other row");
        TensorAssert.Same(plain[1].narrow(0, 0, 75), replaced[1].narrow(0, 0, 75), "the tokens before");
        Assert.True(TensorAssert.MaxDifference(plain[1], replaced[1]) > 1e-3);
    }

    [Theory]
    [InlineData(0, 3, 32, "64 wide")]
    [InlineData(2, 3, 64, "no row 2, position 3")]
    [InlineData(0, 77, 64, "no row 0, position 77")]
    public void Encode_VectorsThatDoNotFit_SayWhy(int row, int position, int width, string reason)
    {
        using var scope = NewDisposeScope();
        using var text = Tiny.Text();
        var error = Assert.Throws<ArgumentException>(() => text.Encode(Ids(), 1, [new(row, position, zeros(1, width))]));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_FromTheStates_ReachesReplacedVectors()
    {
        using var scope = NewDisposeScope();
        using var text = Tiny.Text();
        var vectors = Tiny.Normal(3, 2, 64).requires_grad_();

        text.Encode(Ids(), 1, [new(0, 3, vectors)]).square().mean().backward();

        Assert.True(vectors.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void Call_ExactGelu_DiffersFromItsApproximationALittle()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var quick = Tiny.Text();
        using var exact = new ClipTextModel(ClipTextConfig.Tiny with { IsQuickGelu = false });
        ModelWeights.Fill(exact, (name, _) => quick.get_parameter(name)!.clone());

        Assert.InRange(TensorAssert.MaxDifference(quick.call(Ids(), 1), exact.call(Ids(), 1)), 1e-4, 0.2);
    }

    [Theory]
    [InlineData(null, 1)]           // by rule one head for each 64
    [InlineData(4L, 4)]
    public void FromShapes_Heads_ComeFromTheHintsOrTheRule(long? hint, long heads)
    {
        using var model = new ClipTextModel(ClipTextConfig.Tiny);
        var shapes = ModelWeights.Shapes(model).ToDictionary(slot => slot.Name, slot => slot.Shape);

        var config = ClipTextConfig.FromShapes(shapes, new ModelHints { TextHeads = hint, TextActivation = "gelu" });

        Assert.Equal(ClipTextConfig.Tiny with { Heads = heads, IsQuickGelu = false }, config);
    }

    [Fact]
    public void FromShapes_HeadsThatDoNotDivideTheWidth_Throws()
    {
        using var model = new ClipTextModel(ClipTextConfig.Tiny);
        var shapes = ModelWeights.Shapes(model).ToDictionary(slot => slot.Name, slot => slot.Shape);
        Assert.Throws<ModelShapeException>(() => ClipTextConfig.FromShapes(shapes, new ModelHints { TextHeads = 5 }));
    }

    private static Tensor Ids() => (arange(154, dtype: int64, device: CPU) * 37 % 1000).view(2, 77);
}
