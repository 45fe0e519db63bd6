using LoraBridge.Training.Settings;

namespace LoraBridge.Training;

/// <summary>Settings that can be read and mean something, but that this trainer does not follow: it says so instead of training something else.</summary>
internal static class UnsupportedSettings
{
    private static readonly (string Setting, Func<TrainingOptions, bool> IsSet, string Message)[] s_rules =
    [
        ("model.task", options => options.Model.Task != default, "model.task: only adapters for pictures are trained. Leave it out."),
        ("model.family", options => options.Model.Family is not (default(BaseModelFamily) or BaseModelFamily.Sd1), "model.family: only Stable Diffusion 1.x is trained. Give an SD 1.x checkpoint as model.path."),
        ("network.algorithm", options => options.Network.Algorithm == NetworkAlgorithm.Oft, "network.algorithm oft: rotations are not trained. Set it to lokr, which reaches all of a layer's directions too, or to lora."),
        ("network.algorithm", options => options.Network.Algorithm == NetworkAlgorithm.DyLoRA, "network.algorithm dylora: set it to lora, and make smaller ranks of the finished file with 'lora resize'."),
        ("network.initialization", options => options.Network.Initialization is NetworkInitialization.PiSSA or NetworkInitialization.OLoRA, "network.initialization pissa and olora change the frozen weights, which this trainer leaves alone. Set it to kaiming or gaussian."),
        ("precision.frozen", options => options.Precision.Frozen != FrozenStorage.Computed, "precision.frozen: weights that rest are kept in the type that is computed in, not in 8 bits. Take precision.mixed bf16 to halve their memory."),
        ("loop.initialEpoch", options => options.Loop.InitialEpoch is not null, "loop.initialEpoch: a run counts on from its saved state. Use loop.resume."),
        ("loop.initialStep", options => options.Loop.InitialStep is not null, "loop.initialStep: a run counts on from its saved state. Use loop.resume."),
    ];

    /// <summary>What a run would not follow.</summary>
    public static IEnumerable<SettingsProblem> Of(TrainingOptions options) =>
        from rule in s_rules
        where rule.IsSet(options)
        select new SettingsProblem(Severity.Error, rule.Message, "", [rule.Setting]);
}
