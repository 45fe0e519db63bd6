using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Optimizers;

public sealed class OptimizerFactoryTests
{
    [Theory]
    [InlineData(OptimizerKind.AdamW, typeof(AdamW))]
    [InlineData(OptimizerKind.PagedAdamW, typeof(AdamW))]
    [InlineData(OptimizerKind.AdamW8bit, typeof(AdamW))]
    [InlineData(OptimizerKind.PagedAdamW8bit, typeof(AdamW))]
    [InlineData(OptimizerKind.Lion, typeof(Lion))]
    [InlineData(OptimizerKind.Lion8bit, typeof(Lion))]
    [InlineData(OptimizerKind.SgdNesterov, typeof(SgdNesterov))]
    [InlineData(OptimizerKind.SgdNesterov8bit, typeof(SgdNesterov))]
    [InlineData(OptimizerKind.Adafactor, typeof(Adafactor))]
    [InlineData(OptimizerKind.Prodigy, typeof(Prodigy))]
    [InlineData(OptimizerKind.DAdaptAdam, typeof(DAdaptAdamW))]
    [InlineData(OptimizerKind.AdamWScheduleFree, typeof(ScheduleFreeAdamW))]
    public void Create_OfAKind_GivesItsRuleInItsPrecision(OptimizerKind kind, Type type)
    {
        using var problem = new SmallProblem(0.01);
        using var optimizer = OptimizerFactory.Create(new() { Kind = kind }, problem.Groups);
        using var state = optimizer.State();
        Assert.IsType(type, optimizer);
        Assert.Equal(kind.ToString().Contains("8bit", StringComparison.Ordinal), state.Tensors.Keys.Any(key => key.EndsWith(".codes", StringComparison.Ordinal)));
    }

    [Fact]
    public void Create_WithoutNumbers_TakesTheRulesOwn()
    {
        Same(new() { Kind = OptimizerKind.AdamW }, groups => new AdamW(groups, 0.9, 0.999, 1e-8));
        Same(new() { Kind = OptimizerKind.Lion }, groups => new Lion(groups, 0.9, 0.99));
        Same(new() { Kind = OptimizerKind.AdamW, Beta1 = 0.5, Beta2 = 0.7, Epsilon = 1e-3 }, groups => new AdamW(groups, 0.5, 0.7, 1e-3));
        Same(new() { Kind = OptimizerKind.Prodigy, InitialD = 1e-3, DCoefficient = 2, GrowthRate = 1.1, Decouple = false, UseBiasCorrection = true },
            groups => new Prodigy(groups, new() { InitialD = 1e-3, DCoefficient = 2, GrowthRate = 1.1, Decouple = false, UseBiasCorrection = true }));
        Same(new() { Kind = OptimizerKind.Adafactor, RelativeStep = false, ScaleParameter = false, ClipThreshold = 0.5 },
            groups => new Adafactor(groups, new() { RelativeStep = false, ScaleParameter = false, ClipThreshold = 0.5 }));
    }

    [Theory]
    [InlineData(OptimizerKind.DAdaptLion, "DAdaptAdam")]
    [InlineData(OptimizerKind.RAdamScheduleFree, "AdamWScheduleFree")]
    public void Create_OfARuleThatIsNotBuiltIn_NamesTheNearest(OptimizerKind kind, string nearest)
    {
        using var problem = new SmallProblem(0.01);
        Assert.Contains(nearest, Assert.Throws<NotSupportedException>(() => OptimizerFactory.Create(new() { Kind = kind }, problem.Groups)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightDecay_WithoutANumber_IsTheRulesOwn()
    {
        Assert.Equal(0.01, OptimizerFactory.WeightDecay(new() { Kind = OptimizerKind.AdamW8bit }));
        Assert.Equal(0, OptimizerFactory.WeightDecay(new() { Kind = OptimizerKind.Prodigy }));
        Assert.Equal(0.3, OptimizerFactory.WeightDecay(new() { Kind = OptimizerKind.Prodigy, WeightDecay = 0.3 }));
    }

    private static void Same(OptimizerOptions options, Func<ParameterGroup[], Optimizer> make)
    {
        using var a = new SmallProblem(0.01);
        using var b = new SmallProblem(0.01);
        using var first = OptimizerFactory.Create(options, a.Groups);
        using var second = make(b.Groups);
        for (var step = 0; step < 4; step++)
        {
            a.Step(first, step);
            b.Step(second, step);
        }
        Assert.Equal(b.AllValues(), a.AllValues());
    }
}
