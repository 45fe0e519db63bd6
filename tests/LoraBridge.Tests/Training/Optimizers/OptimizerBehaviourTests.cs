using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

public sealed class OptimizerBehaviourTests
{
    public static TheoryData<string> Names => OptimizerCases.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_OnAQuadratic_WalksDown(string name)
    {
        using var problem = new SmallProblem(OptimizerCases.Rate(name), decay: 0);
        using var optimizer = OptimizerCases.Make(name, problem.Groups);
        var start = problem.Loss();
        for (var step = 0; step < 400; step++) problem.Descend(optimizer);

        using (optimizer.BeginEvaluation()) Assert.True(problem.Loss() < OptimizerCases.MayBeLeft(name) * start, $"{problem.Loss():g4} of {start:g4} is left");
    }

    [Theory]
    [InlineData("Prodigy")]
    [InlineData("DAdaptAdamW")]
    public void EffectiveLearningRate_OfEstimators_GrowsByPowersOfTenAndIsDTimesTheRate(string name)
    {
        using var problem = new SmallProblem(1, decay: 0);
        using var optimizer = OptimizerCases.Make(name, problem.Groups);
        Assert.Equal(1e-6, optimizer.EffectiveLearningRate(problem.Groups[0]), 1e-12);
        for (var step = 0; step < 400; step++) problem.Descend(optimizer);

        Assert.InRange(optimizer.EffectiveLearningRate(problem.Groups[0]), 1e-3, 2);
        Assert.Equal(optimizer.EffectiveLearningRate(problem.Groups[0]) / 2, optimizer.EffectiveLearningRate(problem.Groups[1]), 1e-12);
    }

    [Fact]
    public void Prodigy_WithAGrowthRate_GrowsNoFaster()
    {
        using var problem = new SmallProblem(1);
        using var optimizer = new Prodigy(problem.Groups, new() { GrowthRate = 1.02 });
        // the first estimate is taken as it is
        while (optimizer.D == 1e-6) problem.Descend(optimizer);
        for (var step = 0; step < 10; step++)
        {
            var before = optimizer.D;
            problem.Descend(optimizer);
            Assert.InRange(optimizer.D, before, before * 1.02 * (1 + 1e-12));
        }
    }

    [Theory]
    [InlineData("Prodigy")]
    [InlineData("DAdaptAdamW")]
    public void Step_AtRateZero_MovesNothingAndDividesByNothing(string name)
    {
        using var problem = new SmallProblem(1);
        using var optimizer = OptimizerCases.Make(name, problem.Groups);
        optimizer.ScaleLearningRates(0);
        problem.Step(optimizer, 0);
        Assert.Equal(SmallProblem.Starts, problem.AllValues());
        optimizer.ScaleLearningRates(1);
        problem.Step(optimizer, 1);
        Assert.All(problem.AllValues().SelectMany(values => values), value => Assert.True(double.IsFinite(value)));
        Assert.NotEqual(SmallProblem.Starts, problem.AllValues());
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Step_OfAHalfParameter_AddsUpWhatIsSmallerThanItsLastDigit(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(4).to(type));
        using var optimizer = new AdamW([new("all", [new("p", parameter)], 1e-4)]);
        for (var step = 0; step < 200; step++)
        {
            parameter.grad = ones(4).to(type);
            optimizer.Step();
        }
        // 200 steps of 1e-4, each of which a bfloat16 of 1 would round away
        Assert.All(SmallProblem.Values(parameter), value => Assert.Equal(0.98, value, 0.002));
        Assert.Equal(type, parameter.dtype);
    }

    [Fact]
    public void Step_WithoutAGradient_LeavesParameterAndItsStepCountAlone()
    {
        using var problem = new SmallProblem(0.01);
        using var optimizer = new AdamW(problem.Groups);
        problem.Step(optimizer, 0, rests: 1);
        Assert.Equal(SmallProblem.Starts[1], problem.AllValues()[1]);
        using var state = optimizer.State();
        Assert.Equal([1, 0, 1, 1], state.Tensors["steps"].data<long>().ToArray());

        problem.Step(optimizer, 1);
        // its own first step is of the rate's size, not damped by a count that ran on
        var moved = problem.AllValues()[1].Zip(SmallProblem.Starts[1], (now, start) => Math.Abs(now - start)).Max();
        Assert.Equal(0.01, moved, 1e-4);
    }

    [Fact]
    public void BeginEvaluation_OfScheduleFree_ShowsTheAverageAndGivesTheBitsBack()
    {
        using var problem = new SmallProblem(0.01, type: ScalarType.BFloat16);
        using var optimizer = new ScheduleFreeAdamW(problem.Groups);
        for (var step = 0; step < 5; step++) problem.Step(optimizer, step);
        var training = problem.AllValues();

        var evaluation = optimizer.BeginEvaluation();
        Assert.NotEqual(training, problem.AllValues());
        Assert.Throws<InvalidOperationException>(() => optimizer.Step());
        Assert.Throws<InvalidOperationException>(optimizer.BeginEvaluation);
        evaluation.Dispose();
        evaluation.Dispose();

        Assert.Equal(training, problem.AllValues());
        optimizer.Step();
    }

    [Fact]
    public void Load_OfScheduleFreeOverAveragedParameters_PutsThemBackBetween()
    {
        using var problem = new SmallProblem(0.01);
        using var optimizer = new ScheduleFreeAdamW(problem.Groups);
        for (var step = 0; step < 5; step++) problem.Step(optimizer, step);
        var training = problem.AllValues();
        using var state = optimizer.State();
        using (optimizer.BeginEvaluation())
        {
            using var other = new SmallProblem(0.01);
            using var fresh = new ScheduleFreeAdamW(other.Groups);
            fresh.Load(state);
            Assert.Equal(training, other.AllValues());
        }
    }

    [Fact]
    public void Optimizer_OfNothingOrOfOneNameTwice_SaysSo()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("nothing to train", Assert.Throws<ArgumentException>(() => new AdamW([new("all", [], 0.1)])).Message, StringComparison.Ordinal);
        var parameter = new NamedParameter("twin", new Parameter(zeros(2)));
        Assert.Contains("'twin'", Assert.Throws<ArgumentException>(() => new AdamW([new("a", [parameter], 0.1), new("b", [parameter], 0.1)])).Message, StringComparison.Ordinal);
        Assert.Contains("'whole'", Assert.Throws<ArgumentException>(() => new Lion([new("a", [new("whole", zeros(2, dtype: int64))], 0.1)])).Message, StringComparison.Ordinal);
    }
}
