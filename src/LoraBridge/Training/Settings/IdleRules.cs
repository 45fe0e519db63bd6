using static LoraBridge.Training.Settings.Severity;

namespace LoraBridge.Training.Settings;

/// <summary>Settings that somebody set and that do nothing, each with what it waits for.</summary>
internal static class IdleRules
{
    public static IReadOnlyList<SettingsRule> All { get; } =
    [
        Idle("network.convRank", f => !f.Options.Network.Algorithm.HasConvolutions(), "this algorithm leaves 3x3 convolutions alone; set network.algorithm to locon"),
        Idle("network.convAlpha", f => !f.Options.Network.Algorithm.HasConvolutions(), "this algorithm leaves 3x3 convolutions alone; set network.algorithm to locon"),
        Idle("network.rank", f => !f.Options.Network.Algorithm.HasRank(), "this algorithm has no rank"),
        Idle("network.factor", f => f.Options.Network.Algorithm != NetworkAlgorithm.LoKr, "only lokr splits layers by a factor"),
        Idle("network.decomposeBoth", f => f.Options.Network.Algorithm != NetworkAlgorithm.LoKr, "only lokr has a second factor"),
        Idle("network.fullMatrix", f => f.Options.Network.Algorithm != NetworkAlgorithm.LoKr, "only lokr has a second factor"),
        Idle("network.tucker", f => f.Options.Network.Algorithm is not (NetworkAlgorithm.LoCon or NetworkAlgorithm.LoHa or NetworkAlgorithm.LoKr), "only locon, loha and lokr decompose kernels"),
        Idle("optimizer.textEncoderLearningRate", f => !f.Options.Network.TrainTextEncoder && f.Options.Optimizer.TextEncoderLearningRate > 0, "the text encoder is not trained; set network.trainTextEncoder to true"),
        Idle("optimizer.unetLearningRate", f => !f.Options.Network.TrainUNet && f.Options.Optimizer.UNetLearningRate > 0, "the UNet is not trained; set network.trainUNet to true"),
        Idle("optimizer.momentum", f => f.Options.Optimizer.Kind is not (OptimizerKind.SgdNesterov or OptimizerKind.SgdNesterov8bit or OptimizerKind.DAdaptSgd or OptimizerKind.DAdaptAdaGrad), "only SGD has a momentum; others have optimizer.beta1"),
        Idle("optimizer.dCoefficient", f => f.Options.Optimizer.Kind != OptimizerKind.Prodigy, "only Prodigy reads it"),
        Idle("optimizer.beta3", f => f.Options.Optimizer.Kind != OptimizerKind.Prodigy, "only Prodigy reads it"),
        Idle("optimizer.safeguardWarmup", f => f.Options.Optimizer.Kind != OptimizerKind.Prodigy, "only Prodigy reads it"),
        Idle("optimizer.initialD", f => !f.Options.Optimizer.Kind.FindsLearningRate(), "only Prodigy and D-Adaptation estimate the learning rate"),
        Idle("optimizer.growthRate", f => !f.Options.Optimizer.Kind.FindsLearningRate(), "only Prodigy and D-Adaptation estimate the learning rate"),
        Idle("optimizer.relativeStep", f => f.Options.Optimizer.Kind != OptimizerKind.Adafactor, "only Adafactor reads it"),
        Idle("optimizer.scaleParameter", f => f.Options.Optimizer.Kind != OptimizerKind.Adafactor, "only Adafactor reads it"),
        Idle("optimizer.warmupInit", f => f.Options.Optimizer.Kind != OptimizerKind.Adafactor, "only Adafactor reads it"),

        Idle("schedule.scheduler", f => f.Options.Optimizer.Kind.IsScheduleFree(), "a schedule-free optimizer has no schedule"),
        Idle("schedule.warmup", f => f.Options.Schedule is { Scheduler: SchedulerKind.Constant, Warmup.Value: > 0 }, "the constant scheduler has no warm-up; set schedule.scheduler to constant_with_warmup"),
        Idle("schedule.cycles", f => f.Options.Schedule.Scheduler is not (SchedulerKind.CosineWithRestarts or SchedulerKind.CosineWave), "only cosine_with_restarts and cosine_wave begin anew"),
        Idle("schedule.power", f => f.Options.Schedule.Scheduler != SchedulerKind.Polynomial, "only polynomial has a power"),
        Idle("schedule.decay", f => f.Options.Schedule.Scheduler != SchedulerKind.WarmupStableDecay, "only warmup_stable_decay has a fall of its own"),
        Idle("schedule.timescale", f => f.Options.Schedule.Scheduler != SchedulerKind.InverseSqrt, "only inverse_sqrt has a time scale"),
        Idle("schedule.levels", f => f.Options.Schedule.Scheduler != SchedulerKind.PiecewiseConstant, "only piecewise_constant has levels"),

        Idle("loss.huberC", f => f.Options.Loss.Kind is LossKind.L1 or LossKind.L2, "only huber and smooth_l1 have a c; set loss.kind"),
        Idle("loss.huberSchedule", f => f.Options.Loss.Kind is LossKind.L1 or LossKind.L2, "only huber and smooth_l1 have a c; set loss.kind"),
        Idle("loss.huberScale", f => f.Options.Loss.Kind is LossKind.L1 or LossKind.L2 || f.Options.Loss.HuberSchedule == HuberSchedule.Snr, "only huber and smooth_l1 have a c, and the snr schedule does not scale it"),
        Idle("loss.priorWeight", f => !f.HasRegularisation, "there are no regularisation pictures; name their folder by reg_data_dir"),
        Idle("loss.normalizeMaskedArea", f => !f.Options.Loss.Masked, "the loss is not masked; set loss.masked"),
        Idle("loss.unmaskedWeight", f => !f.Options.Loss.Masked, "the loss is not masked; set loss.masked"),
        Idle("loss.unmaskedProbability", f => !f.Options.Loss.Masked, "the loss is not masked; set loss.masked"),
        Idle("augmentation.alphaMask", f => !f.Options.Loss.Masked, "the loss is not masked; set loss.masked"),
        Idle("noise.offsetRandomStrength", f => f.Options.Noise.Offset is null, "there is no noise.offset"),
        Idle("noise.multiresDiscount", f => f.Options.Noise.MultiresIterations is null, "there is no noise.multiresIterations"),
        Idle("noise.inputPerturbationRandomStrength", f => f.Options.Noise.InputPerturbation is null, "there is no noise.inputPerturbation"),

        Idle("captions.keepTokens", f => f.Options.Captions is { Shuffle: false, TagDropoutRate: 0, TokenWarmupSteps: 0 }, "no tag moves or drops; set captions.shuffle"),
        Idle("captions.keepTokensSeparator", f => f.Options.Captions is { Shuffle: false, TagDropoutRate: 0, TokenWarmupSteps: 0 }, "no tag moves or drops; set captions.shuffle"),
        Idle("captions.tokenWarmupMinimum", f => f.Options.Captions.TokenWarmupSteps == 0, "there are no captions.tokenWarmupSteps"),
        Idle("buckets.minimumSide", f => !f.Options.Buckets.Enabled || f.Options.Buckets.NoUpscale, "buckets are off, or made from the pictures' own sizes (buckets.noUpscale)"),
        Idle("buckets.maximumSide", f => !f.Options.Buckets.Enabled || f.Options.Buckets.NoUpscale, "buckets are off, or made from the pictures' own sizes (buckets.noUpscale)"),
        Idle("buckets.noUpscale", f => !f.Options.Buckets.Enabled, "buckets are off; set buckets.enabled"),
        Idle("cache.latentsOnDisk", f => !f.Options.Cache.Latents, "latents are not cached; set cache.latents"),
        Idle("cache.textStatesOnDisk", f => !f.Options.Cache.TextStates, "text states are not cached; set cache.textStates"),

        Idle("loop.skipUntilInitialStep", f => f.Options.Loop is { InitialEpoch: null, InitialStep: null }, "there is no loop.initialEpoch or initialStep"),
        Idle("loss.outputPreservationPrompt", f => f.Options.Loss.OutputPreservation == 0, "no answer is kept; set loss.outputPreservation"),
        Idle("saving.keepLastStepStates", f => f.Options.Saving is { State: false } or { EverySteps: null }, "no states are saved by steps; set saving.state and saving.everySteps"),
        Idle("saving.keepLastEpochStates", f => f.Options.Saving is { State: false } or { EveryEpochs: null, EpochRatio: null }, "no states are saved by epochs; set saving.state and saving.everyEpochs"),
        Idle("cache.diskLimit", f => f.Options.Cache is { LatentsOnDisk: false, TextStatesOnDisk: false }, "no cache is kept on the disk; set cache.latentsOnDisk"),
        Idle("saving.keepLastSteps", f => f.Options.Saving.EverySteps is null, "no checkpoints are saved by steps; set saving.everySteps"),
        Idle("saving.keepLastEpochs", f => f.Options.Saving is { EveryEpochs: null, EpochRatio: null }, "no checkpoints are saved by epochs; set saving.everyEpochs"),
        Idle("validation.everySteps", f => f.Options.Validation.Split == 0, "no pictures are set aside; set validation.split"),
        Idle("validation.everyEpochs", f => f.Options.Validation.Split == 0, "no pictures are set aside; set validation.split"),
        Idle("earlyStop.minimumImprovement", f => f.Options.EarlyStop.Patience is null, "there is no earlyStop.patience"),
        Idle("samples.everySteps", f => f.Options.Samples is { Prompts.Count: 0, PromptsFile: null }, "there is nothing to draw; set samples.prompts"),
        Idle("samples.everyEpochs", f => f.Options.Samples is { Prompts.Count: 0, PromptsFile: null }, "there is nothing to draw; set samples.prompts"),
        Idle("samples.prompts", f => f.Options.Samples is { EverySteps: null, EveryEpochs: null, AtFirst: false }, "samples are never drawn; set samples.everyEpochs"),
        Idle("samples.promptsFile", f => f.Options.Samples is { EverySteps: null, EveryEpochs: null, AtFirst: false }, "samples are never drawn; set samples.everyEpochs"),
        Idle("ema.decay", f => !f.Options.Ema.Enabled, "there is no running mean; set ema.enabled"),
        Idle("text.maximumSequenceLength", f => f.Options.Model.Task == TrainingTask.Image, "pictures have no sequence; captions.tokenLength is meant"),
    ];

    // a preset may set what does nothing here, a person should hear of it
    private static SettingsRule Idle(string setting, Func<SettingsFacts, bool> isIdle, string why) =>
        new(Warning, [setting], f => f.IsSet(setting) && isIdle(f) && f.Differs(setting), $"{setting} does nothing: {why}.");
}
