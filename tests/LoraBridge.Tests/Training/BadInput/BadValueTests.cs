using LoraBridge.Tests.Native;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>Runs with numbers out of range, settings that contradict each other, and settings that this trainer does not follow.</summary>
[Collection(ProcessWide.Name)]
public sealed class BadValueTests
{
    private static readonly Dictionary<string, Mistake> s_mistakes = new()
    {
        ["rank 0"] = Network(network => network with { Rank = 0 }, "network.rank", "is 0", "must be from 1 to 4096"),
        ["rank negative"] = Network(network => network with { Rank = -8 }, "network.rank", "is -8"),
        ["rank huge"] = Network(network => network with { Rank = 1_000_000 }, "network.rank", "4096"),
        ["alpha negative"] = Network(network => network with { Alpha = -1 }, "network.alpha", "is -1"),
        ["alpha NaN"] = Network(network => network with { Alpha = double.NaN }, "network.alpha", "NaN"),
        ["dropout of everything"] = Network(network => network with { Dropout = 1 }, "network.dropout", "is 1"),
        ["pattern that is none"] = Network(network => network with { Include = ["attn[1"] }, "network.include", "attn[1"),
        ["pattern of no layer"] = Network(network => network with { Include = ["nonsense"] }, "no layer", "network.include"),
        ["everything left out"] = Network(network => network with { Exclude = ["."] }, "no layer", "network.exclude"),
        ["rank pattern that is none"] = Network(network => network with { RankPatterns = new Dictionary<string, int> { ["("] = 4 } }, "network.rankPatterns", "("),
        ["rank pattern of rank -1"] = Network(network => network with { RankPatterns = new Dictionary<string, int> { ["attn1"] = -1 } }, "network.rankPatterns", "from 0"),
        ["three block ranks"] = Network(network => network with { BlockRanks = [4, 4, 4] }, "25 numbers"),
        ["nothing trained"] = Network(network => network with { TrainUNet = false, TrainTextEncoder = false }, "Nothing is trained"),
        ["DoRA with IA3"] = Network(network => network with { Algorithm = NetworkAlgorithm.IA3, WeightDecompose = true }, "network.weightDecompose", "lora, locon"),
        ["OFT"] = Network(network => network with { Algorithm = NetworkAlgorithm.Oft }, "network.algorithm oft", "lokr"),
        ["DyLoRA"] = Network(network => network with { Algorithm = NetworkAlgorithm.DyLoRA }, "network.algorithm dylora", "resize"),
        ["PiSSA"] = Network(network => network with { Initialization = NetworkInitialization.PiSSA }, "network.initialization", "kaiming"),
        ["OLoRA"] = Network(network => network with { Initialization = NetworkInitialization.OLoRA }, "network.initialization", "gaussian"),
        ["ranks from nowhere"] = Network(network => network with { RankFromWeights = true }, "network.rankFromWeights", "set network.startWeights"),

        ["rate negative"] = Optimizer(optimizer => optimizer with { LearningRate = -1e-4 }, "optimizer.learningRate"),
        ["rate NaN"] = Optimizer(optimizer => optimizer with { LearningRate = double.NaN }, "optimizer.learningRate", "NaN"),
        ["rate infinite"] = Optimizer(optimizer => optimizer with { LearningRate = double.PositiveInfinity }, "optimizer.learningRate"),
        ["rate 0"] = Optimizer(optimizer => optimizer with { LearningRate = 0 }, "Nothing is trained"),
        ["clipping negative"] = Optimizer(optimizer => optimizer with { MaxGradNorm = -1 }, "optimizer.maxGradNorm"),
        ["eleven block rates"] = Optimizer(optimizer => optimizer with { DownBlockRates = [.. Enumerable.Repeat(1.0, 11)] }, "12"),

        ["batch 0"] = Loop(loop => loop with { BatchSize = 0 }, "loop.batchSize", "is 0"),
        ["accumulation 0"] = Loop(loop => loop with { GradientAccumulation = 0 }, "loop.gradientAccumulation"),
        ["epochs 0"] = Loop(loop => loop with { Epochs = 0 }, "loop.epochs"),
        ["more steps than can be counted"] = Loop(loop => loop with { Epochs = 1_000_000_000 }, "loop.epochs"),
        ["seed negative"] = Loop(loop => loop with { Seed = -1 }, "loop.seed"),
        ["first step given"] = Loop(loop => loop with { InitialStep = 10 }, "loop.initialStep", "loop.resume"),
        ["first epoch given"] = Loop(loop => loop with { InitialEpoch = 2 }, "loop.initialEpoch", "loop.resume"),

        ["width no multiple of 8"] = new(run => run.Options with { Buckets = run.Options.Buckets with { Width = 100 } }, "multiples of 8"),
        ["bucket step of 12"] = new(run => run.Options with { Buckets = run.Options.Buckets with { Step = 12 } }, "buckets.step", "multiple of 8"),
        ["least side above the greatest"] = new(run => run.Options with { Buckets = run.Options.Buckets with { MinimumSide = 512, MaximumSide = 256 } }, "buckets.minimumSide"),
        ["repeats 0"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, Repeats = 0 }] }, "data.repeats"),
        ["caption ending a path"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, CaptionExtension = "../x" }] }, "data.captionExtension"),

        ["noise twice"] = new(run => run.Options with { Noise = new() { Offset = 0.1, MultiresIterations = 6 } }, "noise.offset", "Keep one"),
        ["timesteps reversed"] = new(run => run.Options with { Timesteps = new() { Minimum = 800, Maximum = 200 } }, "timesteps.minimum"),
        ["validation timestep 1000"] = new(run => run.Options with { Validation = new() { Split = 0.3, Timesteps = [1000] } }, "validation.timesteps"),
        ["early stop without validation"] = new(run => run.Options with { EarlyStop = new() { Patience = 2 } }, "earlyStop", "set validation.split"),
        ["latents of changing colours"] = new(run => run.Options with { Augmentation = new() { Color = true } }, "augmentation.color", "cache.latents to false"),
        ["latents of one set's chance crops"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, Augmentation = new() { RandomCrop = true } }] }, "augmentation.randomCrop", "cache.latents to false"),
        ["states of a trained text encoder"] = new(run => run.Options with { Cache = new() { TextStates = true } }, "cache.textStates", "network.trainTextEncoder"),
        ["states of shuffled captions"] = new(run => run.Options with
        {
            Cache = new() { TextStates = true },
            Captions = new() { Shuffle = true },
            Network = run.Options.Network with { TrainTextEncoder = false },
        }, "captions.shuffle", "cache.textStates to false"),
        ["caches in bf16"] = new(run => run.Options with { Cache = new() { Precision = WeightPrecision.Bf16 } }, "cache.precision", "float or fp16"),
        ["fp16 on a processor"] = new(run => run.Options with { Precision = run.Options.Precision with { Mixed = MixedPrecision.Fp16 } }, "precision.mixed", "bf16"),
        ["a device that is none"] = new(run => run.Options with { Precision = run.Options.Precision with { Device = "gpu" } }, "precision.device", "cuda"),
        ["levels not given"] = new(run => run.Options with { Schedule = new() { Scheduler = SchedulerKind.PiecewiseConstant } }, "schedule.levels"),
        ["another family"] = new(run => run.Options with { Model = run.Options.Model with { Family = BaseModelFamily.Sdxl } }, "model.family", "SD 1.x checkpoint"),
        ["a language model"] = new(run => run.Options with { Model = run.Options.Model with { Task = TrainingTask.TextGeneration } }, "model.task", "Leave it out"),
        ["CLIP skip beyond the layers"] = new(run => run.Options with { Model = run.Options.Model with { ClipSkip = 20 } }, "model.clipSkip", "layers"),

        ["a flag of prompts that is none"] = Samples(["a cat --q 3"], "samples.prompts", "--q", "There are --n"),
        ["a prompt's width no number"] = Samples(["a cat --w wide"], "samples.prompts", "--w", "wide"),
        ["a prompt's width 0"] = Samples(["a cat --w 0"], "samples.prompts", "Width", "multiple of 8"),
        ["a prompt's steps 0"] = Samples(["a cat --s 0"], "samples.prompts", "Steps", "from 1"),
        ["a prompt's seed negative"] = Samples(["a cat --d -5"], "samples.prompts", "--d"),
        ["a prompt's guidance NaN"] = Samples(["a cat --l NaN"], "samples.prompts", "--l"),
    };

    public static TheoryData<string> Mistakes => Mistake.Names(s_mistakes);

    [Theory, MemberData(nameof(Mistakes))]
    public void Run_BadValue_IsRefusedWithItsNameAndTheCure(string mistake) => BadRun.Refuses(s_mistakes[mistake]);

    [Fact]
    public void Run_ASamplerThatIsNone_SaysWhichOneDraws()
    {
        using var run = new BadRun();
        run.Warns(run.Options with
        {
            Loop = run.Options.Loop with { Epochs = 1 },
            Samples = new() { AtFirst = true, Prompts = ["a cat --w 64 --h 64 --s 1 --ss Eulr"] },
        }, "samples.sampler", "'Eulr'", "DPM++ 2M", "Euler a");
    }

    private static Mistake Network(Func<NetworkOptions, NetworkOptions> change, params string[] words) => new(run => run.Options with { Network = change(run.Options.Network) }, words);

    private static Mistake Optimizer(Func<OptimizerOptions, OptimizerOptions> change, params string[] words) => new(run => run.Options with { Optimizer = change(run.Options.Optimizer) }, words);

    private static Mistake Loop(Func<LoopOptions, LoopOptions> change, params string[] words) => new(run => run.Options with { Loop = change(run.Options.Loop) }, words);

    private static Mistake Samples(IReadOnlyList<string> prompts, params string[] words) => new(run => run.Options with { Samples = new() { AtFirst = true, Prompts = prompts } }, words);
}
