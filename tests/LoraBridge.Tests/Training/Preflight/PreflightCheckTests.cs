using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Preflight;
using LoraBridge.Training.Settings;
using TorchSharp;

namespace LoraBridge.Tests.Training.Preflight;

/// <summary>Forecasts and measurements of runs on the small model, and what runs make of them. Memory is the process's, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class PreflightCheckTests : IDisposable
{
    private static readonly MachineMemory s_small = new("cpu", 1, "a test"), s_large = new("cpu", 1L << 40, "a test");
    private static readonly TrainerHost s_largeHost = new() { Memory = s_large };

    private readonly TrainingFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Predict_ModelThatOthersDrawWith_CountsItWhole()
    {
        using var models = new LoadedModels(long.MaxValue);
        Assert.DoesNotContain(Steps(s_largeHost), part => part.Name == "autoencoder");
        Assert.Contains(Steps(s_largeHost with { Models = models }), part => part.Name == "autoencoder");

        IReadOnlyList<MemoryPart> Steps(TrainerHost host) => PreflightCheck.Predict(_folder.Options, host).Memory.Phase(MemoryPhase.Steps).Parts;
    }

    [Fact]
    public void Reclaimable_ModelThatNobodyWorksWith_CountsAsRoom()
    {
        using var models = new LoadedModels(long.MaxValue);
        models.Pipeline(new() { ModelPath = _folder.Options.Model.Path, Vocabulary = TrainingFolder.Host.Vocabulary });
        var bytes = models.All.Single().Bytes;
        Assert.Equal(bytes, models.Reclaimable(torch.CPU));
        using (models.Lend(_folder.Options.Model.Path, new())) Assert.Equal(0, models.Reclaimable(torch.CPU));
    }

    [Fact]
    public void Predict_SaysTheBytesOfEveryNetworkFromTheHeader()
    {
        using var file = CheckpointFile.Open(Pipelines.TinyModel);
        long Bytes(string prefix) => file.Tensors.Values.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(entry => entry.ElementCount) * 4;
        var report = PreflightCheck.Predict(_folder.Options with { Ema = new() { Enabled = true } }, s_largeHost);
        var steps = report.Memory.Phase(MemoryPhase.Steps).Parts.ToDictionary(part => part.Name, part => part.Bytes);

        Assert.Equal(Bytes("model.diffusion_model."), steps["UNet"]);
        Assert.Equal(Bytes("cond_stage_model.transformer.text_model"), steps["text encoder"], Bytes("cond_stage_model.transformer.text_model") / 50);
        Assert.False(steps.ContainsKey("autoencoder"));                         // its work is done when the latents are cached
        Assert.Equal((steps["adapter"], steps["adapter"], 2 * steps["adapter"]), (steps["gradients"], steps["average (EMA)"], steps["optimizer"]));
        // mean and log variance of 4 x 8 x 8, float32, of six pictures
        Assert.Equal(6 * 2 * 4 * 64 * 4, steps["caches"]);
        Assert.Equal((12, 3, 6), (report.Plan.Steps, report.Plan.BatchesPerEpoch, report.Pictures));
        Assert.True(report.Fits);
        Assert.Null(report.Time);
        Assert.False(Directory.Exists(_folder.Output));
    }

    [Fact]
    public void Predict_HalfPrecisionAndSamples_ChangeWhatTheyShould()
    {
        var plain = PreflightCheck.Predict(_folder.Options, s_largeHost).Memory;
        var half = PreflightCheck.Predict(_folder.Options with { Precision = _folder.Options.Precision with { Mixed = MixedPrecision.Bf16 } }, s_largeHost).Memory;
        Assert.Equal(plain.Phase(MemoryPhase.Steps).Parts[0].Bytes, 2 * half.Phase(MemoryPhase.Steps).Parts[0].Bytes);
        var drawing = PreflightCheck.Predict(_folder.Options with { Samples = new() { Prompts = ["x"] } }, s_largeHost).Memory;
        Assert.Equal(["encoding", "steps", "samples"], drawing.Phases.Select(phase => phase.Name));
        Assert.Contains(drawing.Phase(MemoryPhase.Steps).Parts, part => part.Name == "autoencoder");
        Assert.Throws<KeyNotFoundException>(() => plain.Phase(MemoryPhase.Samples));
    }

    [Fact]
    public void Predict_WrongInput_IsRefusedAsARunWould()
    {
        Assert.Throws<SettingsException>(() => PreflightCheck.Predict(new()));
        Assert.Throws<UnsupportedModelException>(() => PreflightCheck.Predict(_folder.Options with { Model = new() { Path = AdapterFolder.Golden("linear") } }));
        foreach (var file in Directory.GetFiles(_folder.Pictures)) File.Delete(file);
        Assert.Throws<DatasetException>(() => PreflightCheck.Predict(_folder.Options));
    }

    [Fact]
    public void Predict_WithRates_SaysTheTimeByPixels()
    {
        var options = _folder.Options with { Samples = new() { EveryEpochs = 2, Prompts = ["x --w 64 --h 64 --s 10"] }, Validation = new() { Split = 0.34, Timesteps = [100, 200] } };
        var time = PreflightCheck.Predict(options, s_largeHost, new(3000, 1000)).Time!;
        const double Megapixels = 64 * 64 / 1e6;
        // four pictures trained in four epochs, six encoded; 10 steps, twice each for the guidance, after epochs 2 and 4, at a third of a step's time;
        // two pictures set aside at two timesteps, before the first step and after each epoch
        Assert.Equal(4 * 4 * Megapixels * 3000, time.Steps.TotalSeconds, 3);
        Assert.Equal(6 * Megapixels * 1000, time.Encoding.TotalSeconds, 3);
        Assert.Equal(20 * 2 * Megapixels * 1000, time.Samples.TotalSeconds, 3);
        Assert.Equal(2 * 2 * 5 * Megapixels * 1000, time.Validation.TotalSeconds, 3);
        Assert.Equal(time.Steps + time.Encoding + time.Samples + time.Validation, time.Total);
    }

    // Above, a quarter and 48 MiB are allowed: freed memory is kept to be used again, threads begin, code is compiled. Below, a half: what
    // other tests left of the C heap counts as held before and is used again; in a process of its own the figures are within a fifth.
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    public void Measure_OfLargePictures_IsNearTheForecast(bool checkpoints, int batch)
    {
        Enlarge(192);
        var options = _folder.Options with
        {
            Network = new() { Rank = 8, TrainTextEncoder = false },
            Buckets = new() { Width = 192, Height = 192, MinimumSide = 64, Step = 8 },
            Precision = _folder.Options.Precision with { GradientCheckpointing = checkpoints },
            Loop = _folder.Options.Loop with { BatchSize = batch },
        };
        PreflightCheck.Measure(_folder.Options, TrainingFolder.Host);           // what a first run makes for good is made
        var forecast = PreflightCheck.Predict(options, s_largeHost).Memory.Phase(MemoryPhase.Steps).Bytes;
        var report = PreflightCheck.Measure(options, TrainingFolder.Host with { Memory = s_large });
        var measured = report.Measured!;

        Assert.Equal((192, 192, batch), (measured.Width, measured.Height, measured.Pictures));
        const long Allowance = 48L << 20;
        Assert.InRange(measured.Taken, (0.5 * forecast) - Allowance, (1.25 * forecast) + Allowance);
        Assert.True(report.Memory.Phase(MemoryPhase.Steps).Bytes >= measured.Taken, "what was measured beyond the forecast is added to it");
    }

    [Fact]
    public void Measure_LeavesNoTraceAndNoTensor()
    {
        var options = _folder.Options with
        {
            Cache = new() { LatentsOnDisk = true, TextStatesOnDisk = true, Folder = _folder.File("../cache") },
            Loop = _folder.Options.Loop with { GradientAccumulation = 3 },
            Validation = new() { Split = 0.34 },
            Samples = new() { AtFirst = true, Prompts = ["x --w 64 --h 64 --s 1"] },
            Ema = new() { Enabled = true },
        };
        PreflightCheck.Measure(options, TrainingFolder.Host);
        var root = Directory.GetParent(_folder.Output)!;
        var files = Directory.GetFileSystemEntries(root.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var before = ProcessWide.CountTensors();
        var stages = new List<TrainingEvent>();
        var report = PreflightCheck.Measure(options, TrainingFolder.Host with { Progress = new Listener(stages) });

        Assert.Equal(before, ProcessWide.CountTensors());
        Assert.Equal(files, Directory.GetFileSystemEntries(root.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(_folder.Output));
        Assert.DoesNotContain(stages, what => what is not TrainingStage);
        Assert.Contains(stages, what => what is TrainingStage { Name: "taking two steps", Fraction: 1 });
        Assert.Equal((2, 64, 64), (report.Measured!.Pictures, report.Measured.Width, report.Measured.Height));
        Assert.True(report.Measured.Seconds > 0 && report.Time!.Steps > TimeSpan.Zero && report.Time.Samples > TimeSpan.Zero && report.Time.Validation > TimeSpan.Zero);
        // four epochs of two batches, whatever a step gathers
        Assert.Equal(report.Measured.Seconds * 2 * 4, report.Time.Steps.TotalSeconds, 2);
    }

    [Fact]
    public void Measure_Stopped_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => PreflightCheck.Measure(_folder.Options, TrainingFolder.Host with { Stop = stop.Token }));
    }

    [Fact]
    public void Rehearsal_TakesTheLargestBatchAlone()
    {
        Enlarge(128, 2);
        var data = (_folder.Options with { Buckets = new() { Width = 128, Height = 128, MinimumSide = 64, Step = 8, NoUpscale = true } }).ToDataOptions();
        var scan = DatasetReader.Scan(data with { Datasets = [.. data.Datasets.Select(set => set with { Repeats = 3, IsRegularisation = true })] });
        var chosen = Rehearsal.Pictures(scan, batchSize: 5);
        Assert.Equal([3, 2], chosen.Pictures.Select(picture => picture.Visits));
        Assert.All(chosen.Pictures, picture => Assert.Equal((128, false), (picture.Width, picture.IsRegularisation)));
        // four small ones are fewer pixels than one large one
        Assert.Equal(128, Assert.Single(Rehearsal.Pictures(scan, batchSize: 1).Pictures).Width);
    }

    [Fact]
    public void Run_ThatDoesNotFit_SaysWhatWouldHelpAndGoesOn()
    {
        var result = LoraTrainer.Run(Short, TrainingFolder.Host with { Memory = s_small });
        Assert.True(result.IsComplete);
        Assert.Contains(result.Warnings, warning => warning.StartsWith("The run needs about", StringComparison.Ordinal) && warning.Contains("loop.batchSize 2 -> 1", StringComparison.Ordinal));
        Assert.Equal((2, 1, false), Written());
        Assert.Contains("The run needs about", File.ReadAllText(_folder.File("train.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ThatDoesNotFitWithAutoFit_IsChangedUntilItDoesAndWritesItDown()
    {
        var options = Short with { Precision = Short.Precision with { AutoFit = true } };
        // as much as smaller batches need, and no less
        var fitting = options with { Loop = options.Loop with { BatchSize = 1, GradientAccumulation = 2 }, Precision = options.Precision with { GradientCheckpointing = true } };
        var needed = PreflightCheck.Predict(fitting, s_largeHost).Memory.Peak;
        var result = LoraTrainer.Run(options, TrainingFolder.Host with { Memory = s_small with { Available = needed } });

        var changes = PreflightCheck.Predict(options, new TrainerHost { Memory = s_small with { Available = needed } });
        Assert.True(changes.FitsWithChanges);
        Assert.NotEmpty(changes.Changes);
        Assert.All(changes.Changes, change => Assert.Contains(result.Warnings, warning => warning.StartsWith($"precision.autoFit: {change}", StringComparison.Ordinal)));
        var log = File.ReadAllText(_folder.File("train.log"));
        Assert.All(changes.Changes, change => Assert.Contains(change.ToString(), log, StringComparison.Ordinal));
        var written = SettingsJson.Read(File.ReadAllText(_folder.File("pattern-settings.json")));
        Assert.Equal(SettingsJson.Write(changes.Fitted), SettingsJson.Write(written));
        Assert.DoesNotContain(result.Warnings, warning => warning.StartsWith("The run needs about", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Resumed_IsNotFittedAnew()
    {
        var options = Short with { Precision = Short.Precision with { AutoFit = true } };
        LoraTrainer.Run(options, TrainingFolder.Host with { Memory = s_large });
        Assert.Equal((2, 1, false), Written());
        var resume = options with { Loop = options.Loop with { Resume = "latest", Epochs = 2 } };
        var resumed = LoraTrainer.Run(resume, TrainingFolder.Host with { Memory = s_small });
        Assert.Equal((2, 1, false), Written());
        Assert.DoesNotContain(resumed.Warnings, warning => warning.Contains("autoFit", StringComparison.Ordinal) || warning.Contains("needs about", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_ResumedAfterAFit_GoesOnWithWhatWasFitted()
    {
        var options = Short with { Precision = Short.Precision with { AutoFit = true } };
        LoraTrainer.Run(options, TrainingFolder.Host with { Memory = s_small });
        Assert.Equal((1, 2, true), Written());
        var resumed = LoraTrainer.Run(options with { Loop = options.Loop with { Resume = "latest", Epochs = 2 } }, TrainingFolder.Host with { Memory = s_large });
        Assert.Equal((1, 2, true), Written());
        Assert.Equal(6, resumed.Steps);
        Assert.Contains("loop.batchSize 1 instead of 2", Assert.Single(resumed.Warnings, warning => warning.Contains("autoFit", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private TrainingOptions Short => _folder.Options with { Loop = _folder.Options.Loop with { Epochs = 1 } };

    private (int Batch, int Accumulation, bool Checkpointing) Written()
    {
        var options = SettingsJson.Read(File.ReadAllText(_folder.File("pattern-settings.json")));
        return (options.Loop.BatchSize, options.Loop.GradientAccumulation, options.Precision.GradientCheckpointing);
    }

    private void Enlarge(int side, int count = 6)
    {
        for (var i = 0; i < count; i++) PictureFile.Write(Path.Combine(_folder.Pictures, $"{i}.png"), Data.PictureFolder.Drawn(side, side, i));
    }

    private sealed class Listener(List<TrainingEvent> heard) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value)
        {
            lock (heard) heard.Add(value);
        }
    }
}
