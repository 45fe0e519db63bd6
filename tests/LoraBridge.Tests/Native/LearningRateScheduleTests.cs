using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;

namespace LoraBridge.Tests.Native;

public class LearningRateScheduleTests
{
    private const double Rate = 0.8;

    [Fact]
    public void Lambda_OfTheEpoch_IsFollowed() =>
        Follows(optimizer => LambdaLR(optimizer, epoch => 1 / (1.0 + epoch)), epoch => 1 / (1.0 + epoch));

    [Fact]
    public void Step_EveryThreeEpochs_Halves() =>
        Follows(optimizer => StepLR(optimizer, 3, 0.5), epoch => Math.Pow(0.5, epoch / 3));

    [Fact]
    public void MultiStep_AtItsMilestones_Drops() =>
        Follows(optimizer => MultiStepLR(optimizer, [2, 5], 0.1), epoch => epoch < 2 ? 1 : epoch < 5 ? 0.1 : 0.01);

    [Fact]
    public void Exponential_AtEachEpoch_Multiplies() =>
        Follows(optimizer => ExponentialLR(optimizer, 0.9), epoch => Math.Pow(0.9, epoch));

    [Fact]
    public void CosineAnnealing_DownAndUp_FollowsTheCosine() =>
        Follows(optimizer => CosineAnnealingLR(optimizer, 5, 0.08), epoch => 0.1 + 0.9 * (1 + Math.Cos(Math.PI * epoch / 5)) / 2, epochs: 14);

    [Fact]
    public void Linear_OverItsEpochs_Rises() =>
        Follows(optimizer => LinearLR(optimizer, 0.25, 1, 6), epoch => epoch >= 6 ? 1 : 0.25 + 0.75 * epoch / 6);

    [Fact]
    public void Constant_ForSomeEpochs_IsAFactor() =>
        Follows(optimizer => ConstantLR(optimizer, 0.5, 4), epoch => epoch < 4 ? 0.5 : 1);

    [Fact]
    public void Polynomial_OverItsEpochs_FallsToZero() =>
        Follows(optimizer => PolynomialLR(optimizer, 5, 2), epoch => Math.Pow(1 - Math.Min(epoch, 5) / 5.0, 2));

    [Fact]
    public void Step_ToAGivenEpoch_GoesThere()
    {
        using var optimizer = Optimizer();
        var schedule = CosineAnnealingLR(optimizer, 10);
        schedule.step(5);
        Assert.Equal(Rate / 2, optimizer.ParamGroups.First().LearningRate, 1e-12);
        schedule.step(10);
        Assert.Equal(0, optimizer.ParamGroups.First().LearningRate, 1e-12);
    }

    [Fact]
    public void Schedule_OverGroups_KeepsTheirProportion()
    {
        using var scope = NewDisposeScope();
        using var optimizer = optim.AdamW([new AdamW.ParamGroup([new Parameter(ones(1))], lr: 1), new AdamW.ParamGroup([new Parameter(ones(1))], lr: 0.1)]);
        var schedule = ExponentialLR(optimizer, 0.5);
        schedule.step();
        Assert.Equal([0.5, 0.05], optimizer.ParamGroups.Select(group => group.LearningRate));
        Assert.Equal([0.5, 0.05], schedule.get_last_lr());
    }

    private static SGD Optimizer() => optim.SGD([new Parameter(ones(1))], Rate);

    private static void Follows(Func<optim.Optimizer, LRScheduler> make, Func<int, double> factor, int epochs = 9)
    {
        using var optimizer = Optimizer();
        var schedule = make(optimizer);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            Assert.Equal(Rate * factor(epoch), optimizer.ParamGroups.First().LearningRate, 1e-12);
            Assert.Equal(optimizer.ParamGroups.First().LearningRate, schedule.get_last_lr().Single());
            schedule.step();
        }
    }
}
