using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion;

public sealed class GuidanceTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly List<long[]> _calls = [];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Predict_TwoParts_AddsEachPartsWeightTimesTheScale()
    {
        using var conditioning = Conditioning([(2, 1), (5, 0.5)], negative: 1);
        var prediction = Predict(conditioning, new() { Scale = 3 });
        // 1 + 3 (2 - 1) + 1.5 (5 - 1)
        Assert.Equal((10, 1), (Value(prediction.Guided), Value(prediction.Unguided!)));
    }

    [Theory]
    [InlineData(0.5, 0, false, 2)]      // the level is above the limit
    [InlineData(2.0, 0, false, 2)]      // below, but an even call
    [InlineData(2.0, 1, false, 1)]
    [InlineData(2.0, 0, true, 1)]
    public void Predict_BelowTheLimit_LeavesTheNegativePromptOut(double limit, int call, bool always, long rows)
    {
        using var conditioning = Conditioning([(2, 1)], negative: 1);
        var prediction = Predict(conditioning, new() { Scale = 3, NegativeDownTo = limit, NegativeDownToAtEveryStep = always }, call);
        Assert.Equal(rows, _calls.Single()[0]);
        Assert.Equal(rows == 1 ? 2 : 4, Value(prediction.Guided));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    public void Predict_AtTheBeginning_LeavesTheNegativePromptOut(int call, long rows)
    {
        using var conditioning = Conditioning([(2, 1)], negative: 1);
        Predict(conditioning, new() { Scale = 3, NegativeFrom = 0.2, Calls = 10 }, call);
        Assert.Equal(rows, _calls.Single()[0]);
    }

    [Fact]
    public void Predict_WithoutTheNegativePrompt_TheFirstPartStandsInForIt()
    {
        using var conditioning = Conditioning([(2, 1), (5, 0.5)], negative: 1);
        // 2 + 1 (2 - 2) + 0.5 (5 - 2), the scale being 1
        Assert.Equal(3.5, Value(Predict(conditioning, new() { Scale = 9, NegativeDownTo = 100, NegativeDownToAtEveryStep = true }).Guided));
    }

    [Fact]
    public void Predict_PromptsOfDifferentLength_AreCalledApartUnlessPadded()
    {
        using var conditioning = Conditioning([(2, 1)], negative: 1, length: 154, negativeLength: 77);
        Predict(conditioning, new() { Scale = 3 });
        Assert.Equal([[1, 154], [1, 77]], _calls);
        _calls.Clear();
        Predict(conditioning, new() { Scale = 3, Padding = PromptPadding.LastRow });
        Assert.Equal([[2, 154]], _calls);
        _calls.Clear();
        var padded = new List<long>();
        Predict(conditioning, new() { Scale = 3, Padding = PromptPadding.EmptyPrompt, Pad = Pad });
        Assert.Equal([[2, 154]], _calls);
        Assert.Equal([154], padded);

        Tensor Pad(Tensor embeddings, long length)
        {
            padded.Add(length);
            return cat([embeddings, zeros([embeddings.shape[0], length - embeddings.shape[1], embeddings.shape[2]])], dim: 1);
        }
    }

    [Fact]
    public void Predict_ALongerNegativePrompt_LosesRowsOrThePromptGains()
    {
        using var conditioning = Conditioning([(2, 1), (3, 1)], negative: 1, length: 77, negativeLength: 154);
        Predict(conditioning, new() { Scale = 3, Padding = PromptPadding.LastRow });
        Predict(conditioning, new() { Scale = 3, Padding = PromptPadding.EmptyPrompt, Pad = (x, length) => cat([x, x], dim: 1) });
        Assert.Equal([[3, 77], [3, 154]], _calls);
    }

    private LoraBridge.Diffusion.Sampling.Prediction Predict(PromptConditioning conditioning, GuidanceOptions options, int call = 0)
    {
        // a network that returns the first number of the text embeddings everywhere
        using var guidance = new Guidance(
            (x, _, c) =>
            {
                _calls.Add([c.shape[0], c.shape[1]]);
                return c.narrow(1, 0, 1).narrow(2, 0, 1).unsqueeze(-1).expand(-1, 4, x.shape[2], x.shape[3]).clone();
            },
            [conditioning], options, float32);
        return guidance.Predict(zeros([1, 4, 2, 2]), zeros([1]), sigma: 1, call);
    }

    private static PromptConditioning Conditioning((float Value, double Weight)[] parts, float negative, long length = 77, long negativeLength = 77) => new(
        new([.. parts.Select(part => new ComposedPart(Text(part.Value, length), part.Weight))]), Text(negative, negativeLength));

    private static ScheduledConditioning Text(float value, long length) => new([100], [0], full([1, length, 3], value).DetachFromDisposeScope());

    private static double Value(Tensor tensor) => tensor.mean().ToDouble();
}
