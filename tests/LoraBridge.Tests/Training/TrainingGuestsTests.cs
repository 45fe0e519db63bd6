using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Settings;
using TorchSharp;

namespace LoraBridge.Tests.Training;

/// <summary>Runs that share their model and thread with others.</summary>
[Collection(ProcessWide.Name)]
public sealed class TrainingGuestsTests : IDisposable
{
    private readonly TrainingFolder _folder = new();
    private readonly LoadedModels _models = new(long.MaxValue);
    private readonly LiveLoras _live = new();

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    /// <summary>Pictures between all steps, with adapters, that of the run among them, and while samples are drawn and pictures set aside are measured.</summary>
    [Theory]
    [InlineData(OptimizerKind.AdamW, true)]
    [InlineData(OptimizerKind.AdamWScheduleFree, false)]
    public void Run_WithGuestsBetweenAllSteps_EndsWithTheBytesOfARunAlone(OptimizerKind kind, bool average)
    {
        var options = _folder.Options with
        {
            Optimizer = _folder.Options.Optimizer with { Kind = kind },
            Ema = new() { Enabled = average },
            Network = _folder.Options.Network with { Dropout = 0.1 },
            Validation = new() { Split = 0.34, Timesteps = [300] },
            Samples = new() { EveryEpochs = 2, Prompts = ["a pattern --w 64 --h 64 --s 2 --d 3"] },
        };
        var alone = File.ReadAllBytes(LoraTrainer.Run(options, TrainingFolder.Host).Path);
        Directory.Delete(_folder.Output, recursive: true);
        using var adapters = new AdapterFolder("linear", "locon");
        var plain = Draw("a cat", adapters.Path);
        var drawn = new List<byte[]>();
        var visits = 0;

        var result = LoraTrainer.Run(options, Host(() =>
        {
            if (visits++ % 2 == 0) drawn.Add(Draw("a cat", adapters.Path));
            else Draw("a cat <lora:pattern:1> <lora:linear:0.5>", adapters.Path);
        }));

        Assert.Equal(alone, File.ReadAllBytes(result.Path));
        Assert.True(drawn.Count > 6, $"{drawn.Count}");
        Assert.All(drawn, picture => Assert.Equal(plain, picture));
        Assert.Equal(2, _models.Loads);                                         // the file's weights are narrow: widened ones took their place
        Assert.False(Assert.Single(_models.All).IsLent);
    }

    [Fact]
    public void Run_WithGuestsWhoNameIt_LeavesNoTensorBehind()
    {
        var before = ProcessWide.CountTensors();

        LoraTrainer.Run(_folder.Options, Host(() => Draw("a cat <lora:pattern:1>")));
        _models.Unload();                                                       // with its pipelines, which keep prompts

        Assert.Equal(before, ProcessWide.CountTensors());
    }

    [Fact]
    public void Run_OnAModelWithMergedAdapters_BorrowsItAndLeavesItAsItWas()
    {
        using var adapters = new AdapterFolder("linear");
        var options = _folder.Options with { Model = _folder.Options.Model with { MergedWeights = [Path.Combine(adapters.Path, "linear.safetensors")] }, Loop = _folder.Options.Loop with { Epochs = 1 } };
        var alone = File.ReadAllBytes(LoraTrainer.Run(options, TrainingFolder.Host).Path);
        Directory.Delete(_folder.Output, recursive: true);
        var (plain, during) = (Draw("a cat"), new List<byte[]>());

        LoraTrainer.Run(options, Host(() => during.Add(Draw("a cat"))));

        Assert.Equal(alone, File.ReadAllBytes(_folder.File("pattern.safetensors")));
        Assert.All(during.Append(Draw("a cat")), picture => Assert.Equal(plain, picture));
        Assert.True(during.Count > 2, $"{during.Count}");
        Assert.Equal(2, _models.Loads);                                         // the file's weights are narrow: widened ones took their place
        Assert.False(Assert.Single(_models.All).IsLent);
    }

    [Fact]
    public void Live_WhileARunTrains_GivesWhatAFileOfThatMomentWouldHold()
    {
        var (step, seen) = (0, new List<(int Step, byte[] Picture)>());
        var options = _folder.Options with { Saving = _folder.Options.Saving with { EverySteps = 2 } };
        LoraTrainer.Run(options, Host(() => seen.Add((step++, Draw("a cat <lora:pattern:1>")))) with { LiveNames = ["job"] });
        var picture = seen.Single(one => one.Step == StepsBefore(4)).Picture;

        using var folder = new AdapterFolder();
        File.Copy(_folder.File("pattern-step00000004.safetensors"), Path.Combine(folder.Path, "saved.safetensors"));

        Assert.Equal(Draw("a cat <lora:saved:1>", folder.Path), picture);
        Assert.NotEqual(picture, seen[^1].Picture);
        Assert.Empty(_live.Names);

        // guests come once while pictures are encoded, then before every step
        int StepsBefore(int steps) => seen.Count - (12 - steps);
    }

    [Fact]
    public void Live_OnAModelOfOtherLayers_IsLeftOutWithAReason()
    {
        var warnings = new List<PromptWarning>();
        using var lora = new LiveLoraOfNoModel();
        using var entry = _live.Add("odd", lora.Adapter);
        warnings.AddRange(Pipeline(null).Generate(Request("a <lora:odd:1>")).Warnings);

        Assert.Contains("which is being trained, could not be used", Assert.Single(warnings).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ToldToFinish_EndsAsIfTheStepHadBeenItsLast()
    {
        using var finish = new CancellationTokenSource();
        var progress = new Listener(happened =>
        {
            if (happened is TrainingStepDone { Step: 5 }) finish.Cancel();
        });
        var result = LoraTrainer.Run(_folder.Options, TrainingFolder.Host with { Finish = finish.Token, Progress = progress });

        Assert.True(result.IsComplete);
        Assert.Equal(5, result.Steps);
        Assert.True(result.Proof!.IsSound, result.Proof.Sentence);
        Assert.True(File.Exists(_folder.File("pattern.safetensors")));
    }

    [Fact]
    public void Run_Cancelled_WritesNothingMore()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new Listener(happened =>
        {
            if (happened is TrainingStepDone { Step: 3 }) cancel.Cancel();
        });

        Assert.Throws<OperationCanceledException>(() => LoraTrainer.Run(_folder.Options, TrainingFolder.Host with { Cancel = cancel.Token, Progress = progress, Models = _models, Live = _live }));

        Assert.False(File.Exists(_folder.File("pattern.safetensors")));
        Assert.All(_models.All, model => Assert.False(model.IsLent));
        Assert.Empty(_live.Names);
    }

    [Fact]
    public void Rate_OfARunWithSlowGuests_LeavesTheirTimeOut()
    {
        var clock = new SteppedClock();
        var left = new List<TimeSpan>();
        var host = Host(() => clock.Now += TimeSpan.FromHours(1)) with
        {
            Time = clock,
            Progress = new Listener(happened =>
            {
                if (happened is TrainingStepDone done) left.Add(done.Left);
            }),
        };

        LoraTrainer.Run(_folder.Options, host);

        Assert.All(left, time => Assert.Equal(TimeSpan.Zero, time));            // to this clock steps take no time
    }

    private TrainerHost Host(Action serve) => TrainingFolder.Host with { Models = _models, Live = _live, Guests = new(() => true, serve) };

    private byte[] Draw(string prompt, string? loras = null) => Pipeline(loras).Generate(Request(prompt)).Images[0].Picture.Pixels;

    private static TextToImageRequest Request(string prompt) => new() { Prompt = prompt, Seed = 1, Width = 64, Height = 64, Steps = 1 };

    private TextToImage Pipeline(string? loras) => _models.Pipeline(new()
    {
        ModelPath = Pipelines.TinyModel,
        Model = new() { ComputeType = ComputeType.Float32 },
        Vocabulary = Pipelines.Vocabulary,
        LoraFolders = loras is null ? [] : [loras],
        Live = _live,
    });

    private sealed class Listener(Action<TrainingEvent> hear) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value) => hear(value);
    }

    private sealed class SteppedClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    /// <summary>An adapter whose layers are those of the whole Stable Diffusion 1, which the small model has in other sizes.</summary>
    private sealed class LiveLoraOfNoModel : IDisposable
    {
        private readonly LoraFile _file = MakeFile();

        public LiveLora Adapter => new(() => 1, _ => _file);

        public void Dispose() => _file.Dispose();

        private static LoraFile MakeFile()
        {
            var layers = ModelLayers.Sd15;
            var layer = layers.All.First(name => layers.Shape(name) is [_, _]);
            var shape = layers.Shape(layer)!;
            var tensors = new Dictionary<string, torch.Tensor>
            {
                ["lora_down.weight"] = torch.zeros(1, shape[1]),
                ["lora_up.weight"] = torch.zeros(shape[0], 1),
            };
            return LoraFile.Of(layers, [ModuleFactory.Create(tensors.Keys, new("(test)", "x", layer, shape, tensors))!]);
        }
    }
}
