using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using LoraBridge.Lora;
using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Logging;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training;

/// <summary>Whole runs on the small model.</summary>
[Collection(ProcessWide.Name)]
public sealed class LoraTrainerTests : IDisposable
{
    private readonly TrainingFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_ToItsEnd_WritesAnAdapterThatIsReadBackAndActs()
    {
        var result = LoraTrainer.Run(_folder.Options, TrainingFolder.Host);

        Assert.True(result.IsComplete);
        Assert.Equal((12, _folder.File("pattern.safetensors")), (result.Steps, result.Path));
        Assert.True(result.Proof!.IsSound, result.Proof.Sentence);
        Assert.True(result.Proof.Movement > 0);
        using var file = CheckpointFile.Open(result.Path);
        Assert.Equal("pattern", file.Metadata["ss_output_name"]);
        Assert.Equal("4", file.Metadata["ss_network_dim"]);
        Assert.Equal(("6", "3", "4", "12"), (file.Metadata["ss_num_train_images"], file.Metadata["ss_num_batches_per_epoch"], file.Metadata["ss_num_epochs"], file.Metadata["ss_steps"]));
        Assert.Equal(64, file.Metadata["ss_new_sd_model_hash"].Length);
        Assert.Contains("\"a pattern\": 6", file.Metadata["ss_tag_frequency"], StringComparison.Ordinal);
        Assert.True(LoraFile.HasItsOwnHash(result.Path));
        Assert.Contains("\"sd version\": \"SD1\"", File.ReadAllText(_folder.File("pattern.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Twice_GivesTheSameBytes()
    {
        var first = File.ReadAllBytes(LoraTrainer.Run(_folder.Options, TrainingFolder.Host).Path);
        File.Delete(_folder.File("pattern.safetensors"));
        Assert.Equal(first, File.ReadAllBytes(LoraTrainer.Run(_folder.Options, TrainingFolder.Host).Path));
    }

    [Theory]
    [InlineData(1, OptimizerKind.AdamW, false)]
    [InlineData(5, OptimizerKind.AdamW, true)]
    [InlineData(7, OptimizerKind.Prodigy, false)]
    [InlineData(8, OptimizerKind.AdamWScheduleFree, false)]
    public void Run_StoppedAndResumed_EndsWithTheBytesOfAnUninterruptedRun(int stopAfter, OptimizerKind kind, bool average)
    {
        var options = _folder.Options with
        {
            Optimizer = _folder.Options.Optimizer with { Kind = kind },
            Ema = new() { Enabled = average },
            Network = _folder.Options.Network with { Dropout = 0.1, RankDropout = 0.1, ModuleDropout = 0.1 },
            Loop = _folder.Options.Loop with { GradientAccumulation = 2, Epochs = 6 },
            Captions = new() { Shuffle = true },
        };
        var whole = LoraTrainer.Run(options, TrainingFolder.Host);
        var (adapter, history) = (File.ReadAllBytes(whole.Path), History());
        Directory.Delete(_folder.Output, recursive: true);

        var stopped = LoraTrainer.Run(options, StopAfter(stopAfter));
        Assert.Equal((false, stopAfter), (stopped.IsComplete, (int)stopped.Steps));
        Assert.False(File.Exists(whole.Path));
        var resumed = LoraTrainer.Run(options with { Loop = options.Loop with { Resume = "latest" } }, TrainingFolder.Host);

        Assert.True(resumed.IsComplete);
        Assert.Equal(adapter, File.ReadAllBytes(resumed.Path));
        Assert.Equal(history, History());
    }

    [Fact]
    public void Run_ThreeMoreEpochsOnAFinishedRun_CountOn()
    {
        LoraTrainer.Run(_folder.Options, TrainingFolder.Host);
        var more = LoraTrainer.Run(_folder.Options with { Loop = _folder.Options.Loop with { Epochs = 7, Resume = "latest" } }, TrainingFolder.Host);
        Assert.Equal(21, more.Steps);
        Assert.Equal(Enumerable.Range(1, 21), TrainingHistory.Read(_folder.File("pattern-history.jsonl")).Entries.Where(entry => entry.Loss is not null).Select(entry => (int)entry.Step));
    }

    [Fact]
    public void Run_SavingByEpochsAndKeepingTwo_LeavesTheLastTwoEachWithAnAliasOfItsOwn()
    {
        LoraTrainer.Run(_folder.Options with { Saving = _folder.Options.Saving with { EveryEpochs = 1, KeepLast = 2, State = true } }, TrainingFolder.Host);
        Assert.Equal(["pattern-000002.safetensors", "pattern-000003.safetensors", "pattern.safetensors"],
            Directory.GetFiles(_folder.Output, "*.safetensors").Select(Path.GetFileName).Where(name => !name!.Contains(".state.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        using var file = CheckpointFile.Open(_folder.File("pattern-000003.safetensors"));
        Assert.Equal(("pattern-000003", "9"), (file.Metadata["ss_output_name"], file.Metadata["ss_steps"]));
        Assert.True(File.Exists(_folder.File("pattern-000003.state.safetensors")));
        Assert.False(File.Exists(_folder.File("pattern-000001.state.safetensors")));
    }

    [Theory]
    [InlineData(null, null, new[] { 3, 4 }, new[] { 3, 4 })]
    [InlineData(2, 1, new[] { 3, 4 }, new[] { 4 })]
    [InlineData(1, 3, new[] { 4 }, new[] { 2, 3, 4 })]
    public void Run_KeepingSomeEpochs_KeepsStatesByTheirOwnNumber(int? adapters, int? states, int[] adaptersLeft, int[] statesLeft)
    {
        // the run is interrupted, and goes on with removing what its first part left
        var options = _folder.Options with
        {
            Loop = _folder.Options.Loop with { Epochs = 5 },
            Saving = _folder.Options.Saving with { EveryEpochs = 1, State = true, KeepLast = adapters is null ? 2 : null, KeepLastEpochs = adapters, KeepLastEpochStates = states },
        };
        LoraTrainer.Run(options, StopAfter(8));
        File.Delete(_folder.File("pattern-step00000008.safetensors"));
        LoraTrainer.Run(options with { Loop = options.Loop with { Resume = "latest" } }, TrainingFolder.Host);
        Assert.Equal(adaptersLeft, Epochs("pattern-00000?.safetensors"));
        Assert.Equal(statesLeft, Epochs("pattern-00000?.state.safetensors"));

        IEnumerable<int> Epochs(string pattern) => Directory.GetFiles(_folder.Output, pattern).Select(path => Path.GetFileName(path)["pattern-00000".Length] - '0').Order();
    }

    [Fact]
    public void Run_KeepingTwoInOtherLayouts_RemovesThoseToo()
    {
        LoraTrainer.Run(_folder.Options with { Saving = _folder.Options.Saving with { EveryEpochs = 1, KeepLast = 2, Layouts = [FileLayout.Kohya, FileLayout.Diffusers, FileLayout.Peft] } }, TrainingFolder.Host);
        Assert.Equal(["pattern-000002", "pattern-000002-diffusers", "pattern-000002-peft", "pattern-000003", "pattern-000003-diffusers", "pattern-000003-peft"],
            Directory.GetFileSystemEntries(_folder.Output, "pattern-00000*").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Run_CachesInHalfAndWithALimit_KeepsHalfTheBytesAndNoMoreThanMayStay()
    {
        var options = _folder.Options with { Loop = _folder.Options.Loop with { Epochs = 1 }, Cache = new() { LatentsOnDisk = true } };
        LoraTrainer.Run(options, TrainingFolder.Host);
        var (full, fullBytes) = (Cached(), Cached().Sum(file => file.Length));
        Directory.Delete(_folder.File("cache"), recursive: true);
        LoraTrainer.Run(options with { Cache = options.Cache with { Precision = WeightPrecision.Fp16 } }, TrainingFolder.Host);
        var half = Cached();
        Assert.Equal((6, 6), (full.Length, half.Length));
        Assert.All(half, file => Assert.Equal(TensorType.F16, TypeOf(file)));
        Assert.True(half.Sum(file => file.Length) < fullBytes);

        // room for three and a half of them
        LoraTrainer.Run(options with { Cache = options.Cache with { Precision = WeightPrecision.Fp16, DiskLimit = 3.5 * half[0].Length / (1L << 30) } }, TrainingFolder.Host);
        Assert.Equal(3, Cached().Length);

        FileInfo[] Cached() => [.. Directory.GetFiles(_folder.File("cache"), "*.safetensors", SearchOption.AllDirectories).Select(path => new FileInfo(path))];

        static TensorType TypeOf(FileInfo file)
        {
            using var opened = CheckpointFile.Open(file.FullName);
            return opened.Tensors["mean"].Type;
        }
    }

    [Fact]
    public void Run_ThatOverfits_IsNamedSoEndsEarlyAndDeliversTheBest()
    {
        var seen = new List<TrainingEvent>();
        // a black picture is trained and a white one looked at, with little noise: only who knows the picture can tell the noise in it
        Monochrome(0, 1);
        var options = _folder.Options with
        {
            Network = new() { Rank = 16, Alpha = 16 },
            Optimizer = _folder.Options.Optimizer with { LearningRate = 2e-2 },
            Schedule = new() { Scheduler = SchedulerKind.Constant },
            Timesteps = new() { Minimum = 20, Maximum = 21 },
            Loop = _folder.Options.Loop with { BatchSize = 1, Epochs = 150 },
            Validation = new() { Split = 0.5, Timesteps = [20], EveryEpochs = 5 },
            EarlyStop = new() { Patience = 6 },
        };
        var result = LoraTrainer.Run(options, TrainingFolder.Host with { Progress = new EventHeard(seen.Add) });

        var looks = seen.OfType<TrainingValidated>().Skip(1).ToList();
        var best = looks.MinBy(look => look.Result.Loss)!;
        Assert.True(result.Steps < 150, string.Join(' ', looks.Select(look => look.Result.Loss.ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(best.Step + 30, result.Steps);
        Assert.Contains(result.Warnings, warning => warning.Contains("by heart", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, warning => warning.Contains("ended early", StringComparison.Ordinal));
        Assert.True(looks[^1].Result.Drift > looks[0].Result.Drift);
        using var file = CheckpointFile.Open(result.Path);
        Assert.Equal(best.Step.ToString(System.Globalization.CultureInfo.InvariantCulture), file.Metadata["ss_steps"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_PreservingTheAnswerToAPrompt_DriftsLess(bool trainsText)
    {
        var (plain, kept) = (Drift(0), Drift(20));
        Assert.True(kept < 0.5 * plain, $"{plain} became {kept}");

        double Drift(double weight)
        {
            var drift = double.NaN;
            var options = _folder.Options with
            {
                Loss = new() { OutputPreservation = weight },
                Network = _folder.Options.Network with { TrainTextEncoder = trainsText },
                Loop = _folder.Options.Loop with { Epochs = 10 },
                Optimizer = _folder.Options.Optimizer with { LearningRate = 3e-3 },
                Validation = new() { Split = 0.34, EveryEpochs = 10 },
            };
            var result = LoraTrainer.Run(options, TrainingFolder.Host with { Progress = new EventHeard(what => { if (what is TrainingValidated validated) drift = validated.Result.Drift; }) });
            Assert.True(result.Proof!.IsSound, result.Proof.Sentence);
            return drift;
        }
    }

    [Fact]
    public void Run_OnMergedWeights_TrainsOnTopOfThemAndKeepsThemOutOfTheResult()
    {
        var options = _folder.Options with { Loop = _folder.Options.Loop with { Epochs = 1 } };
        var plain = File.ReadAllBytes(LoraTrainer.Run(options, TrainingFolder.Host).Path);
        var result = LoraTrainer.Run(options with { Model = options.Model with { MergedWeights = [AdapterFolder.Golden("linear")] } }, TrainingFolder.Host);
        Assert.True(result.Proof!.IsSound);
        Assert.InRange(result.Proof.Movement, 0, 0.1);
        Assert.NotEqual(plain, File.ReadAllBytes(result.Path));
    }

    [Fact]
    public void Run_WithPicturesSetAside_ValidatesAlikeWheneverAskedAndKeepsTheBest()
    {
        var seen = new List<TrainingEvent>();
        var options = _folder.Options with { Validation = new() { Split = 0.34, Timesteps = [300, 600] }, EarlyStop = new() { Patience = 10 } };
        var result = LoraTrainer.Run(options, TrainingFolder.Host with { Progress = new EventHeard(seen.Add) });
        var validated = seen.OfType<TrainingValidated>().ToList();

        Assert.Equal([0L, 2L, 4L, 6L, 8L], validated.Select(at => at.Step));
        Assert.Equal(0, validated[0].Result.Drift);                             // untrained, an adapter changes nothing
        Assert.Equal((validated[0].Result.Loss, validated[^1].Result.Loss), (result.HeldOut!.Before, result.HeldOut.After));
        Assert.All(validated, at => Assert.Equal([300, 600], at.Result.ByTimestep.Select(pair => pair.Timestep)));
        Assert.All(validated, at => Assert.InRange(at.Result.Loss, 0.01, 10));
        Assert.All(validated.Skip(1), at => Assert.True(at.Result.Drift > 0));
        // of the steps too, in the same bands: the step's loss lies between those of its bands
        var steps = seen.OfType<TrainingStepDone>().ToList();
        Assert.All(steps, done => Assert.All(done.ByTimestep, band => Assert.Contains(band.Timestep, new[] { 300, 600 })));
        Assert.All(steps, done => Assert.InRange(done.ByTimestep.Count, 1, 2));
        Assert.All(steps, done => Assert.InRange(done.Loss, done.ByTimestep.Min(band => band.Loss) - 1e-6, done.ByTimestep.Max(band => band.Loss) + 1e-6));
    }

    [Fact]
    public void Run_WithSamplePrompts_DrawsThemAndMakesTheFirstTheCover()
    {
        var options = _folder.Options with { Samples = new() { AtFirst = true, EveryEpochs = 2, Prompts = ["a pattern --w 64 --h 64 --s 2 --d 3", "# not this", "another --w 64 --h 64 --s 1 --l 3 --ss DDIM"] } };
        LoraTrainer.Run(options, TrainingFolder.Host);
        var samples = Directory.GetFiles(Path.Combine(_folder.Output, "sample")).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(6, samples.Count);
        Assert.Contains("pattern_000012_00_3.png", samples);
        var cover = PictureFile.Read(_folder.File("pattern.png"));
        Assert.StartsWith("a pattern\n", cover.Parameters, StringComparison.Ordinal);
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(_folder.Output, "sample", "pattern_000000_00_3.png")), File.ReadAllBytes(Path.Combine(_folder.Output, "sample", "pattern_000012_00_3.png")));
    }

    [Theory]
    [InlineData(NetworkAlgorithm.LoRA)]
    [InlineData(NetworkAlgorithm.LoCon)]
    [InlineData(NetworkAlgorithm.LoHa)]
    [InlineData(NetworkAlgorithm.LoKr)]
    [InlineData(NetworkAlgorithm.IA3)]
    public void Run_EveryAlgorithm_GivesAnAdapterThatActs(NetworkAlgorithm algorithm)
    {
        var options = _folder.Options with { Network = new() { Algorithm = algorithm, Rank = 4, ConvRank = algorithm.HasConvolutions() ? 2 : null }, Loop = _folder.Options.Loop with { Epochs = 1 } };
        Assert.True(LoraTrainer.Run(options, TrainingFolder.Host).Proof!.IsSound);
    }

    [Fact]
    public void Run_TheWholeLength_LowersTheLoss()
    {
        var losses = new List<double>();
        var options = _folder.Options with
        {
            Loop = _folder.Options.Loop with { Epochs = 40 },
            Optimizer = _folder.Options.Optimizer with { LearningRate = 3e-3 },
            Timesteps = new() { Minimum = 500, Maximum = 501 },
        };
        LoraTrainer.Run(options, TrainingFolder.Host with { Progress = new EventHeard(what => { if (what is TrainingStepDone done) losses.Add(done.Loss); }) });
        Assert.True(losses.TakeLast(20).Average() < 0.8 * losses.Take(20).Average(), $"{losses.Take(20).Average()} became {losses.TakeLast(20).Average()}");
    }

    [Fact]
    public void Run_LeavesNoTensorBehind()
    {
        var options = _folder.Options with { Loop = _folder.Options.Loop with { Epochs = 1 } };
        LoraTrainer.Run(options, TrainingFolder.Host);
        var before = ProcessWide.CountTensors();
        LoraTrainer.Run(options, TrainingFolder.Host);
        Assert.Equal(before, ProcessWide.CountTensors());
    }

    [Fact]
    public void Run_LossThatBecomesNoNumber_GoesBackHalvesTheRateAndEndsWithWords()
    {
        var warnings = new List<string>();
        // the change of each layer is so large that its products overflow as soon as there is one
        var options = _folder.Options with { Network = new() { Rank = 1, Alpha = 1e5 }, Optimizer = _folder.Options.Optimizer with { LearningRate = 100, MaxGradNorm = 0 }, Loop = _folder.Options.Loop with { Epochs = 30 } };
        var error = Assert.Throws<TrainingDivergedException>(() => LoraTrainer.Run(options, TrainingFolder.Host with { Progress = new EventHeard(what => { if (what is TrainingWarning warning) warnings.Add(warning.Message); }) }));
        Assert.Contains("Lower the learning rate", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, warnings.Count(warning => warning.Contains("went back to step", StringComparison.Ordinal)));
        Assert.False(File.Exists(_folder.File("pattern.safetensors")));
    }

    [Fact]
    public void Run_WithoutPictures_NamesTheFolder()
    {
        foreach (var file in Directory.GetFiles(_folder.Pictures)) File.Delete(file);
        Assert.Contains(_folder.Pictures, Assert.Throws<DatasetException>(() => LoraTrainer.Run(_folder.Options, TrainingFolder.Host)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AFileWhereTheOutputFolderShouldBe_NamesTheSetting()
    {
        File.WriteAllText(_folder.Output, "");
        var error = Assert.Throws<IOException>(() => LoraTrainer.Run(_folder.Options, TrainingFolder.Host));
        Assert.Contains("saving.folder", error.Message, StringComparison.Ordinal);
        File.Delete(_folder.Output);
    }

    [Fact]
    public void Run_WithoutModelOrPictures_NamesBothAtOnce()
    {
        var error = Assert.Throws<SettingsException>(() => LoraTrainer.Run(new(), TrainingFolder.Host));
        Assert.Contains("model", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("data", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Run_AnAdapterAsBaseModel_SaysWhatItIs()
    {
        var error = Assert.Throws<UnsupportedModelException>(() => LoraTrainer.Run(_folder.Options with { Model = new() { Path = AdapterFolder.Golden("linear") } }, TrainingFolder.Host));
        Assert.Contains("LoRA", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ABaseModelWithNaN_IsRefusedBeforeTheStart()
    {
        var broken = _folder.File("../broken.safetensors");
        using (var scope = NewDisposeScope())
        using (var file = CheckpointFile.Open(Pipelines.TinyModel))
        {
            var tensors = file.Tensors.Keys.ToDictionary(key => key, key => file.Read(key));
            tensors["model.diffusion_model.out.2.weight"].fill_(float.NaN);
            SafetensorsWriter.Write(Path.GetFullPath(broken), tensors);
        }
        var error = Assert.Throws<InvalidDataException>(() => LoraTrainer.Run(_folder.Options with { Model = new() { Path = Path.GetFullPath(broken) } }, TrainingFolder.Host));
        Assert.Contains("broken.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ABrokenPicture_IsNamedBeforeTheStart()
    {
        File.WriteAllBytes(Path.Combine(_folder.Pictures, "3.png"), [1, 2, 3]);
        Assert.Contains("3.png", Assert.Throws<DatasetException>(() => LoraTrainer.Run(_folder.Options, TrainingFolder.Host)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ResumingWhereNothingWasSaved_BeginsAnewAndSaysSo()
    {
        var result = LoraTrainer.Run(_folder.Options with { Loop = _folder.Options.Loop with { Resume = "latest", Epochs = 1 } }, TrainingFolder.Host);
        Assert.Contains(result.Warnings, warning => warning.Contains("begins anew", StringComparison.Ordinal));
        Assert.Throws<FileNotFoundException>(() => LoraTrainer.Run(_folder.Options with { Loop = _folder.Options.Loop with { Resume = _folder.File("nothing.state.safetensors") } }, TrainingFolder.Host));
    }

    [Fact]
    public void Run_ResumedWithAnotherRank_NamesWhatDoesNotFit()
    {
        LoraTrainer.Run(_folder.Options, StopAfter(2));
        var options = _folder.Options with { Network = new() { Rank = 8 }, Loop = _folder.Options.Loop with { Resume = "latest" } };
        var error = Assert.Throws<InvalidDataException>(() => LoraTrainer.Run(options, TrainingFolder.Host));
        Assert.Contains("lora_down", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Leaves two pictures in the folder, all black and all white.</summary>
    private void Monochrome(params int[] left)
    {
        foreach (var (i, number) in left.Index())
        {
            var picture = new Picture(64, 64, 3);
            picture.Pixels.AsSpan().Fill((byte)(i * 255));
            PictureFile.Write(Path.Combine(_folder.Pictures, $"{number}.png"), picture);
        }
        foreach (var number in Enumerable.Range(0, 6).Except(left))
            foreach (var file in Directory.GetFiles(_folder.Pictures, $"{number}.*")) File.Delete(file);
    }

    /// <summary>What any run of these settings would write down, interrupted or not; a stop saves once more.</summary>
    private List<string> History() =>
    [
        .. HistoryEntry.Deterministic(TrainingHistory.Read(_folder.File("pattern-history.jsonl")).Entries)
            .Where(entry => entry.Event?.Kind != HistoryEventKind.Saved).Select(entry => System.Text.Json.JsonSerializer.Serialize(entry)),
    ];

    private static TrainerHost StopAfter(int steps)
    {
        var stop = new CancellationTokenSource();
        return TrainingFolder.Host with { Stop = stop.Token, Progress = new EventHeard(what => { if (what is TrainingStepDone { Step: var step } && step == steps) stop.Cancel(); }) };
    }
}
