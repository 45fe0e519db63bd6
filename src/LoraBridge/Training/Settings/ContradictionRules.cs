using static LoraBridge.Training.Settings.Severity;

namespace LoraBridge.Training.Settings;

/// <summary>Settings that exclude each other, need each other, or rarely mean what they say.</summary>
internal static class ContradictionRules
{
    public static IReadOnlyList<SettingsRule> All { get; } =
    [
        // noise and loss
        new(Error, ["noise.offset", "noise.multiresIterations"], f => f.Options.Noise is { Offset: not null, MultiresIterations: not null },
            "noise.offset and noise.multiresIterations exclude each other: both colour the noise. Keep one."),
        new(Error, ["noise.adaptiveScale", "noise.offset"], f => f.Options.Noise is { AdaptiveScale: not (null or 0), Offset: null },
            "noise.adaptiveScale is added to noise.offset, which is not set: set noise.offset."),
        new(Error, ["loss.vPredictionLikeLoss", "model.prediction"], f => f.Options is { Loss.VPredictionLikeLoss: not null, Model.Prediction: TrainingTarget.V },
            "loss.vPredictionLikeLoss is for models that predict noise, and model.prediction is v: leave it out."),
        new(Error, ["loss.scaleVPredictionLikeNoise", "model.prediction"], f => f.Options is { Loss.ScaleVPredictionLikeNoise: true, Model.Prediction: TrainingTarget.Epsilon },
            "loss.scaleVPredictionLikeNoise is for models that predict v, and model.prediction is epsilon: leave it out."),
        new(Warning, ["model.zeroTerminalSnr", "model.prediction"], f => f.Options.Model is { ZeroTerminalSnr: true, Prediction: not TrainingTarget.V },
            "model.zeroTerminalSnr is of use with model.prediction v only: pure noise tells nothing about the noise in it."),
        new(Warning, ["loss.minSnrGamma", "loss.debiasedEstimation"], f => f.Options.Loss is { MinSnrGamma: not null, DebiasedEstimation: true },
            "loss.minSnrGamma and loss.debiasedEstimation cure the same and multiply: one is enough."),
        new(Error, ["timesteps.minimum", "timesteps.maximum"], f => f.Options.Timesteps.Minimum >= f.Options.Timesteps.Maximum,
            "timesteps.minimum must be below timesteps.maximum."),

        // caches; what forbids them is CacheRefusals' matter
        new(Error, ["cache.precision"], f => f.Options.Cache.Precision == WeightPrecision.Bf16,
            "cache.precision bf16 keeps three digits of numbers that need more: set it to float or fp16."),

        // precision
        new(Error, ["precision.adapter", "precision.mixed"], f => f.Options.Precision is { Adapter: WeightPrecision.Fp16, Mixed: not MixedPrecision.Fp16 } or { Adapter: WeightPrecision.Bf16, Mixed: not MixedPrecision.Bf16 },
            "precision.adapter in 16 bits needs the same precision.mixed."),
        new(Error, ["precision.frozen", "precision.mixed"], f => f.Options.Precision is { Frozen: not FrozenStorage.Computed, Mixed: MixedPrecision.No },
            "precision.frozen in 8 bits is computed in 16: set precision.mixed to fp16 or bf16."),
        new(Error, ["precision.mixed", "precision.device"], f => f.Options.Precision is { Mixed: MixedPrecision.Fp16, Device: "cpu" },
            "precision.mixed fp16 needs a graphics card, and precision.device is cpu: set precision.mixed to no or bf16."),

        // network
        new(Error, ["network.trainUNet", "network.trainTextEncoder", "optimizer.learningRate"], f => LearningRates.Of(f.Options) is { TrainsUNet: false, TrainsTextEncoder: false },
            "Nothing is trained: UNet and text encoder are both left out or have a learning rate of 0."),
        new(Error, ["network.rankFromWeights", "network.startWeights"], f => f.Options.Network is { RankFromWeights: true, StartWeights: null },
            "network.rankFromWeights needs a file: set network.startWeights (network_weights)."),
        new(Error, ["network.weightDecompose", "network.algorithm"], f => f.Options.Network is { WeightDecompose: true, Algorithm: NetworkAlgorithm.IA3 or NetworkAlgorithm.Oft or NetworkAlgorithm.Full },
            "network.weightDecompose (DoRA) goes with lora, locon, loha and lokr only."),
        new(Error, ["network.blockRanks", "network.blockAlphas", "network.convBlockRanks", "network.convBlockAlphas"],
            f => new[] { f.Options.Network.BlockRanks.Count, f.Options.Network.BlockAlphas.Count, f.Options.Network.ConvBlockRanks.Count, f.Options.Network.ConvBlockAlphas.Count }.Any(count => count is not (0 or 25)),
            "Ranks and alphas of blocks are 25 numbers: 12 down, the middle, 12 up."),
        new(Error, ["network.blockRanks"], f => f.Options.Network.BlockRanks.Concat(f.Options.Network.ConvBlockRanks).Any(rank => rank < 0), "A rank of network.blockRanks must not be negative."),
        new(Error, ["network.rankPatterns"], f => f.Options.Network.RankPatterns.FirstOrDefault(pattern => pattern.Value is < 0 or > 4096) is { Key: not null }, "A rank of network.rankPatterns must be from 0, which leaves layers out, to 4096."),
        new(Error, ["optimizer.downBlockRates", "optimizer.upBlockRates"], f => new[] { f.Options.Optimizer.DownBlockRates.Count, f.Options.Optimizer.UpBlockRates.Count }.Any(count => count is not (0 or 12)),
            "optimizer.downBlockRates and optimizer.upBlockRates are 12 numbers each."),
        new(Error, ["model.mergedWeightMultipliers", "model.mergedWeights"], f => f.Options.Model.MergedWeightMultipliers.Count > f.Options.Model.MergedWeights.Count,
            "model.mergedWeightMultipliers has more numbers than model.mergedWeights has files."),
        new(Error, ["model.mergedWeightMultipliers"], f => !f.Options.Model.MergedWeightMultipliers.All(double.IsFinite), "model.mergedWeightMultipliers must be numbers such as 0.8."),
        new(Warning, ["network.startWeights", "loop.resume"], f => f.Options is { Network.StartWeights: not null, Loop.Resume: not null },
            "loop.resume brings its own weights, so that network.startWeights does nothing: leave one out."),

        // optimizer
        new(Error, ["optimizer.kind", "optimizer.unetLearningRate", "optimizer.textEncoderLearningRate"],
            f => f.Options.Optimizer.Kind.IsDAdaptation() && LearningRates.Of(f.Options) is { TrainsUNet: true, TrainsTextEncoder: true } rates && rates.UNet != rates.TextEncoder,
            "D-Adaptation has one learning rate for all: give optimizer.unetLearningRate and textEncoderLearningRate the same value, or neither."),
        new(Warning, ["optimizer.kind", "optimizer.learningRate"], f => f.Options.Optimizer.Kind.FindsLearningRate() && LearningRates.Of(f.Options).Largest is > 0 and < 0.1,
            "This optimizer finds the learning rate and takes yours as a factor: with less than 0.1 it hardly learns. Set optimizer.learningRate to 1."),
        new(Warning, ["optimizer.kind", "optimizer.learningRate"], f => !f.Options.Optimizer.Kind.FindsLearningRate() && f.Options.Optimizer.Kind is not (OptimizerKind.Adafactor or OptimizerKind.SgdNesterov or OptimizerKind.SgdNesterov8bit or OptimizerKind.SgdScheduleFree) && LearningRates.Of(f.Options).Largest > 0.01,
            "A learning rate above 0.01 destroys the LoRA with this optimizer, 1e-4 to 3e-4 is usual: has the number lost its exponent?"),
        new(Warning, ["optimizer.kind", "schedule.scheduler"], f => f.Options is { Optimizer: { Kind: OptimizerKind.Adafactor, RelativeStep: true }, Schedule.Scheduler: not SchedulerKind.Adafactor },
            "Adafactor with optimizer.relativeStep finds its own learning rate: set schedule.scheduler to adafactor, or optimizer.relativeStep to false to use yours."),
        new(Error, ["schedule.scheduler", "optimizer.kind"], f => f.Options is { Schedule.Scheduler: SchedulerKind.Adafactor, Optimizer: not { Kind: OptimizerKind.Adafactor, RelativeStep: true } },
            "schedule.scheduler adafactor goes with the optimizer Adafactor and optimizer.relativeStep only."),
        new(Warning, ["optimizer.maxGradNorm", "optimizer.kind"], f => f.Options.Optimizer is { Kind: OptimizerKind.Adafactor, RelativeStep: true, MaxGradNorm: > 0 },
            "Adafactor clips by itself: set optimizer.maxGradNorm to 0."),
        new(Error, ["schedule.scheduler", "schedule.levels"], f => f.Options.Schedule is { Scheduler: SchedulerKind.PiecewiseConstant, Levels: null },
            "schedule.scheduler piecewise_constant needs schedule.levels, such as 1:100,0.1:200,0.01."),

        // the run
        new(Warning, ["loop.epochs", "loop.steps"], f => f.Options.Loop is { Epochs: not null, Steps: not null } && f.IsSet("loop.steps"),
            "loop.epochs and loop.steps are both given, and epochs win: leave loop.steps out."),
        new(Error, ["earlyStop.patience", "validation.split"], f => f.Options is { EarlyStop: { Patience: not null, Metric: StopMetric.ValidationLoss }, Validation.Split: 0 },
            "earlyStop watches the validation loss, and no pictures are set aside: set validation.split, or earlyStop.metric to training_loss."),
        new(Error, ["validation.timesteps"], f => f.Options.Validation.Timesteps.Any(t => t is < 0 or > 999), "validation.timesteps lie from 0 to 999."),
        new(Error, ["model.path"], f => f.Options.Model is { Task: TrainingTask.TextGeneration } && f.Options.Model.Path.Contains("ggml", StringComparison.OrdinalIgnoreCase),
            "model.path is a GGML file, whose weights are quantised for inference: name the original model's folder or safetensors file."),
        new(Error, ["buckets.minimumSide", "buckets.maximumSide"], f => f.Options.Buckets is { Enabled: true } && f.Options.Buckets.MinimumSide > f.Options.Buckets.MaximumSide,
            "buckets.minimumSide must not be above buckets.maximumSide."),
        new(Error, ["buckets.step"], f => f.Options.Buckets.Step % 8 != 0, "buckets.step must be a multiple of 8, the size of a latent cell."),
        new(Error, ["buckets.width", "buckets.height"], f => f.Options.Buckets.Width % 8 != 0 || f.Options.Buckets.Height % 8 != 0 || f.Options.Data.Any(data => data.Width % 8 > 0 || data.Height % 8 > 0),
            "Width and height must be multiples of 8, the size of a latent cell."),
        new(Error, ["augmentation.faceCropMinimum", "augmentation.faceCropMaximum"], f => f.AllAugmentation.Any(a => a.FaceCropMaximum < (a.FaceCropMinimum ?? double.PositiveInfinity)),
            "augmentation.faceCropMaximum needs a faceCropMinimum that is not above it."),
        new(Warning, ["metadata.level", "metadata.comment"], f => f.Options.Metadata.Level == MetadataLevel.Minimal && f.IsSet("metadata.comment"),
            "metadata.comment is left out of the file by metadata.level minimal."),
    ];
}
