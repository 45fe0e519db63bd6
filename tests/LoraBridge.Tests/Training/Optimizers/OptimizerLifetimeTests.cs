using LoraBridge.Tests.Native;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>What steps keep of native memory; the count is the process's, so nothing else runs beside these.</summary>
[Collection(ProcessWide.Name)]
public sealed class OptimizerLifetimeTests
{
    public static TheoryData<string> Names => OptimizerCases.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_KeepNothing_AndDisposeGivesAllBack(string name)
    {
        var before = ProcessWide.CountTensors();
        using (var problem = new SmallProblem(OptimizerCases.Rate(name), type: ScalarType.BFloat16))
        using (var optimizer = OptimizerCases.Make(name, problem.Groups))
        using (var average = new ParameterAverage(problem.Groups.SelectMany(group => group.Parameters)))
        {
            var made = Tensor.TotalCount;
            for (var step = 0; step < 4; step++)
            {
                problem.Step(optimizer, step);
                average.Update();
                Assert.Equal(made, Tensor.TotalCount);
            }
            using (optimizer.BeginEvaluation())
            using (average.BeginEvaluation())
                Assert.True(Tensor.TotalCount > made);
            using (var state = optimizer.State()) optimizer.Load(state);
            Assert.Equal(made, Tensor.TotalCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void GradientStep_OverSteps_KeepsNothing()
    {
        using var problem = new SmallProblem(0.01);
        using var optimizer = new AdamW(problem.Groups);
        var step = new GradientStep(optimizer, new LossScaler(enabled: true), 1);
        var before = ProcessWide.CountTensors();
        for (var i = 0; i < 3; i++)
        {
            using var scope = NewDisposeScope();
            step.Accumulate(problem.Parameters[0].square().mean());
            step.Accumulate(problem.Parameters[3].square().mean());
            step.Apply();
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
