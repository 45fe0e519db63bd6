using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>Each rule against the same rule in float64, over 30 steps of known gradients.</summary>
public sealed class OptimizerFormulaTests
{
    private const int Steps = 30;

    [Fact]
    public void AdamW_OverSteps_FollowsItsFormulas() =>
        Follows(0.01, groups => new AdamW(groups), problem => new PlainAdamW(SmallProblem.Starts, problem.Rates, problem.Decays), 2e-6);

    [Fact]
    public void Lion_OverSteps_FollowsItsFormulas() =>
        Follows(0.002, groups => new Lion(groups), problem => new PlainLion(SmallProblem.Starts, problem.Rates, problem.Decays), 2e-6);

    [Fact]
    public void SgdNesterov_OverSteps_FollowsItsFormulas() =>
        Follows(0.02, groups => new SgdNesterov(groups), problem => new PlainSgd(SmallProblem.Starts, problem.Rates, problem.Decays), 2e-5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Adafactor_OverSteps_FollowsItsFormulas(bool isRelative) =>
        Follows(0.01, groups => new Adafactor(groups, new() { RelativeStep = isRelative, ScaleParameter = isRelative }),
            problem => new PlainAdafactor(SmallProblem.Starts, problem.Rates, problem.Decays, [5, 0, 6, 60], isRelative), 2e-6);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Prodigy_OverSteps_FollowsItsFormulas(bool safeguard, bool correct)
    {
        PlainProdigy? plain = null;
        Prodigy? optimizer = null;
        Follows(1, groups => optimizer = new Prodigy(groups, new() { InitialD = PlainProdigy.D0, SafeguardWarmup = safeguard, UseBiasCorrection = correct }),
            problem => plain = new PlainProdigy(SmallProblem.Starts, problem.Rates, problem.Decays, safeguard, correct), 2e-4, isDownhill: true);
        Assert.Equal(1, optimizer!.D / plain!.D, 1e-4);
        Assert.True(optimizer.D > 2 * PlainProdigy.D0, $"d stays at {optimizer.D}");
    }

    [Fact]
    public void DAdaptAdamW_OverSteps_FollowsItsFormulas()
    {
        PlainDAdapt? plain = null;
        DAdaptAdamW? optimizer = null;
        Follows(1, groups => optimizer = new DAdaptAdamW(groups, new() { InitialD = PlainProdigy.D0 }),
            problem => plain = new PlainDAdapt(SmallProblem.Starts, problem.Rates, problem.Decays), 2e-4, isDownhill: true);
        Assert.Equal(1, optimizer!.D / plain!.D, 1e-4);
        Assert.True(optimizer.D > 2 * PlainProdigy.D0, $"d stays at {optimizer.D}");
    }

    [Fact]
    public void ScheduleFreeAdamW_OverSteps_FollowsItsFormulas()
    {
        using var problem = new SmallProblem(0.01);
        using var optimizer = new ScheduleFreeAdamW(problem.Groups);
        var plain = new PlainScheduleFree(SmallProblem.Starts, problem.Rates, problem.Decays);
        var weights = Run(problem, optimizer, plain);
        Close(weights(), problem.AllValues(), 2e-6);

        using (optimizer.BeginEvaluation()) Close(plain.Average, problem.AllValues(), 2e-6);
        Close(weights(), problem.AllValues(), 2e-6);
    }

    [Fact]
    public void AdamW_FirstStepFromOne_GivesTheWrittenValue() => Assert.Equal(0.899, AfterOneStep(groups => new AdamW(groups)), 1e-6);

    [Fact]
    public void Lion_FirstStepFromOne_GivesTheWrittenValueAndMean()
    {
        SavedState? state = null;
        Assert.Equal(0.899, AfterOneStep(groups => new Lion(groups), optimizer => state = optimizer.State()), 1e-6);
        Assert.Equal(0.01, SmallProblem.Values(state!.Tensors["p.mean"])[0], 1e-7);
        state.Dispose();
    }

    // p = 1, g = 1, rate 0.1, decay 0.01
    private static double AfterOneStep(Func<ParameterGroup[], Optimizer> make, Action<Optimizer>? look = null)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1));
        using var optimizer = make([new ParameterGroup("all", [new("p", parameter)], 0.1, 0.01)]);
        parameter.grad = ones(1);
        optimizer.Step();
        look?.Invoke(optimizer);
        return SmallProblem.Values(parameter)[0];
    }

    private static void Follows(double rate, Func<ParameterGroup[], Optimizer> make, Func<SmallProblem, PlainOptimizer> plain, double limit, bool isDownhill = false)
    {
        using var problem = new SmallProblem(rate);
        using var optimizer = make(problem.Groups);
        Close(Run(problem, optimizer, plain(problem), isDownhill)(), problem.AllValues(), limit);
    }

    private static Func<double[][]> Run(SmallProblem problem, Optimizer optimizer, PlainOptimizer plain, bool isDownhill = false)
    {
        for (var step = 0; step < Steps; step++)
        {
            // both get the same gradients, so that roundings do not grow by what they do to later gradients
            var gradients = isDownhill ? SmallProblem.Downhill(plain.Current) : SmallProblem.Gradients(step);
            problem.Step(optimizer, gradients);
            plain.Move(gradients);
        }
        return () => plain.Current;
    }

    // the limit is for values up to 1, and relative to larger ones
    private static void Close(double[][] expected, double[][] actual, double limit)
    {
        for (var i = 0; i < expected.Length; i++)
            for (var j = 0; j < expected[i].Length; j++)
                Assert.True(Math.Abs(expected[i][j] - actual[i][j]) <= limit * Math.Max(1, Math.Abs(expected[i][j])), $"parameter {i}[{j}]: expected {expected[i][j]:g9}, got {actual[i][j]:g9}");
    }
}
