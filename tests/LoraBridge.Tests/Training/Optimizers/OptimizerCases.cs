using LoraBridge.Training.Optimizers;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>Every optimizer there is, by a name.</summary>
internal static class OptimizerCases
{
    private static readonly Dictionary<string, (double Rate, Func<IEnumerable<ParameterGroup>, Optimizer> Make)> s_cases = new()
    {
        ["AdamW"] = (0.01, groups => new AdamW(groups)),
        ["AdamW8bit"] = (0.01, groups => new AdamW(groups, eightBit: true)),
        ["Lion"] = (0.004, groups => new Lion(groups)),
        ["Lion8bit"] = (0.004, groups => new Lion(groups, eightBit: true)),
        ["SgdNesterov"] = (0.02, groups => new SgdNesterov(groups)),
        ["SgdNesterov8bit"] = (0.02, groups => new SgdNesterov(groups, eightBit: true)),
        ["Adafactor"] = (1, groups => new Adafactor(groups)),
        ["AdafactorGivenRate"] = (0.01, groups => new Adafactor(groups, new() { RelativeStep = false, ScaleParameter = false })),
        ["Prodigy"] = (1, groups => new Prodigy(groups)),
        ["ProdigyGuarded"] = (1, groups => new Prodigy(groups, new() { InitialD = 1e-3, SafeguardWarmup = true, UseBiasCorrection = true, GrowthRate = 1.5 })),
        ["DAdaptAdamW"] = (1, groups => new DAdaptAdamW(groups)),
        ["ScheduleFreeAdamW"] = (0.01, groups => new ScheduleFreeAdamW(groups)),
    };

    public static IEnumerable<string> All => s_cases.Keys;

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public static double Rate(string name) => s_cases[name].Rate;

    /// <summary>The part of the quadratic's loss that 400 steps may leave; steps that go by the parameters' own small size are slow at first.</summary>
    public static double MayBeLeft(string name) => name == "Adafactor" ? 0.3 : 0.03;

    public static Optimizer Make(string name, IEnumerable<ParameterGroup> groups) => s_cases[name].Make(groups);
}
