using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

public sealed class GradientStepTests
{
    private static readonly float[] s_data = [1, -2, 3, 0.5f, -1, 2.5f];

    [Fact]
    public void Accumulate_OfUnequalMicroBatches_IsTheWholeBatch()
    {
        using var scope = NewDisposeScope();
        var (whole, parts) = (new Parameter(ones(2)), new Parameter(ones(2)));
        using var first = new SgdNesterov([new("all", [new("p", whole)], 0.1)]);
        using var second = new SgdNesterov([new("all", [new("p", parts)], 0.1)]);
        var (one, many) = (new GradientStep(first, new(false)), new GradientStep(second, new(false)));

        one.Accumulate(Loss(whole, 0, 6));
        many.Accumulate(Loss(parts, 0, 4), 4.0 / 6);
        many.Accumulate(Loss(parts, 4, 6), 2.0 / 6);
        var (a, b) = (one.Apply(), many.Apply());

        Assert.Equal(a.GradientNorm, b.GradientNorm, 1e-6);
        TensorAssert.Close(whole.detach(), parts.detach(), 1e-7);
        Assert.True(a.IsApplied);
        Assert.Null(parts.grad);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(100)]
    [InlineData(0)]
    public void Apply_WithAGreatestNorm_ScalesAllGradientsTogether(double maxNorm)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new Parameter(zeros(2)), new Parameter(zeros(1)));
        using var optimizer = new SgdNesterov([new("all", [new("a", a), new("b", b)], 1)], momentum: 0);
        var step = new GradientStep(optimizer, new(false), maxNorm);
        step.Accumulate((a * tensor(new[] { 2f, 4f })).sum() + b.sum() * 4);

        var outcome = step.Apply();

        Assert.Equal(6, outcome.GradientNorm, 1e-6);
        var factor = maxNorm is > 0 and < 6 ? maxNorm / 6 : 1;
        TensorAssert.Close(tensor(new[] { -2f, -4f }) * factor, a.detach(), 1e-6);
        TensorAssert.Close(tensor(new[] { -4f }) * factor, b.detach(), 1e-6);
    }

    [Fact]
    public void Apply_WithAScaler_MovesAsWithout()
    {
        using var scope = NewDisposeScope();
        var (plain, scaled) = (new Parameter(ones(2)), new Parameter(ones(2)));
        using var first = new SgdNesterov([new("all", [new("p", plain)], 0.1)]);
        using var second = new SgdNesterov([new("all", [new("p", scaled)], 0.1)]);
        var (without, with) = (new GradientStep(first, new(false), 1), new GradientStep(second, new(true), 1));
        without.Accumulate(Loss(plain, 0, 6));
        with.Accumulate(Loss(scaled, 0, 6));

        Assert.Equal(without.Apply().GradientNorm, with.Apply().GradientNorm, 1e-6);
        TensorAssert.Close(plain.detach(), scaled.detach(), 1e-7);
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void Apply_OfAGradientThatIsNotFinite_MovesNothingAndHalvesTheScale(double factor)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(2));
        using var optimizer = new AdamW([new("all", [new("p", parameter)], 0.1)]);
        var scaler = new LossScaler(enabled: true);
        var step = new GradientStep(optimizer, scaler, 1);
        step.Accumulate(Loss(parameter, 0, 6) * factor);

        var outcome = step.Apply();

        Assert.False(outcome.IsApplied);
        Assert.False(double.IsFinite(outcome.GradientNorm));
        TensorAssert.Same(ones(2), parameter.detach());
        Assert.Equal((0, 32768.0), (optimizer.Steps, scaler.Scale));
        Assert.Null(parameter.grad);
    }

    [Fact]
    public void Apply_OfSmallHalfGradients_LosesNothingToTheScale()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(2, dtype: float16));
        using var optimizer = new SgdNesterov([new("all", [new("p", parameter)], 1)], momentum: 0);
        var step = new GradientStep(optimizer, new LossScaler(enabled: true));
        step.Accumulate((parameter.to(float32) * 1e-9).sum());

        Assert.Equal(1e-9 * Math.Sqrt(2), step.Apply().GradientNorm, 1e-12);
    }

    // the mean of (p · (x, 1))² over some of the data
    private static Tensor Loss(Tensor parameter, int from, int to) =>
        (parameter[0] * tensor(s_data[from..to]) + parameter[1]).square().mean();
}
