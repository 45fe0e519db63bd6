using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

public sealed class ParameterAverageTests
{
    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(90, 0.91)]
    [InlineData(8990, 0.999)]
    [InlineData(100_000, 0.999)]
    public void DecayAt_OfSteps_GrowsToTheGivenOne(long steps, double expected)
    {
        using var average = new ParameterAverage([]);
        Assert.Equal(expected, average.DecayAt(steps), 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Update_OverSteps_FollowsItsFormula(int interval)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var parameter = new Parameter(ones(1));
        using var average = new ParameterAverage([new("p", parameter)], 0.5, interval);
        var expected = 1.0;
        for (var step = 0; step < 12; step++)
        {
            parameter.fill_(step + 2.0);
            average.Update();
            if ((step + 1) % interval != 0) continue;
            var decay = Math.Min(0.5, (1.0 + step) / (10 + step));
            expected = decay * expected + (1 - decay) * (step + 2);
        }
        using (average.BeginEvaluation()) Assert.Equal(expected, SmallProblem.Values(parameter)[0], 1e-5);
        Assert.Equal(13, SmallProblem.Values(parameter)[0]);
    }

    [Fact]
    public void BeginEvaluation_Twice_SaysSo()
    {
        using var scope = NewDisposeScope();
        using var average = new ParameterAverage([new("p", new Parameter(ones(1)))]);
        using (average.BeginEvaluation()) Assert.Throws<InvalidOperationException>(average.BeginEvaluation);
        average.BeginEvaluation().Dispose();
    }

    [Fact]
    public void Load_IntoAFreshAverage_GoesOnBitForBit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var parameter = new Parameter(randn(5, 3).to(bfloat16));
        using var whole = new ParameterAverage([new("p", parameter)], interval: 2);
        using var first = new ParameterAverage([new("p", parameter)], interval: 2);
        Walk(0, 5, whole, first);
        using (var state = first.State()) state.Write(folder.File("average.safetensors"));
        using var second = new ParameterAverage([new("p", parameter)], interval: 2);
        using (var state = SavedState.Read(folder.File("average.safetensors"))) second.Load(state);
        Walk(5, 10, whole, second);

        using var expected = whole.State();
        using var actual = second.State();
        Assert.Equal(expected.Tensors["p"].bytes.ToArray(), actual.Tensors["p"].bytes.ToArray());
        Assert.Equal(expected.Scalars, actual.Scalars);

        void Walk(int from, int to, params ParameterAverage[] averages)
        {
            using var frozen = no_grad();
            for (var step = from; step < to; step++)
            {
                parameter.add_(0.1 * step);
                foreach (var average in averages) average.Update();
            }
        }
    }
}
