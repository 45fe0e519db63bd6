using LoraBridge.Tests.Native;
using LoraBridge.Tests.Training.Logging;
using LoraBridge.Training;
using LoraBridge.Training.Logging;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>Runs whose disk is full, at the start or in the middle, or whose folder of results goes away.</summary>
[Collection(ProcessWide.Name)]
public sealed class FullDiskTests : IDisposable
{
    private readonly BadRun _run = new();

    private FullDisk? _disk;

    public void Dispose()
    {
        _disk?.Dispose();
        _run.Dispose();
    }

    /// <summary>Three steps an epoch, four epochs; a name of its own, a checkpoint with its state each epoch.</summary>
    private TrainingOptions Options => _run.Options with { Saving = _run.Options.Saving with { Name = "full", EveryEpochs = 1, State = true }, Logging = new() { Interval = 1 } };

    private TrainingOptions Resumed => Options with { Loop = Options.Loop with { Resume = "latest" } };

    [Fact]
    public void Run_NoByteLeft_IsRefusedBeforeAnythingIsRead()
    {
        _disk = new(0);
        _run.Fails(Options, BadRun.Host, "saving.folder", "Choose another folder");
    }

    [Fact]
    public void Run_NoRoomForTheFirstState_IsRefusedBeforeTheFirstStep()
    {
        var before = _run.Snapshot();
        using (new FullDisk(20_000))
        {
            var error = Assert.Throws<IOException>(() => LoraTrainer.Run(Options, BadRun.Host));
            Assert.Contains("saving.folder", error.Message, StringComparison.Ordinal);
            Assert.Contains("Free some space", error.Message, StringComparison.Ordinal);
        }
        _run.LostNothing(before);
    }

    [Fact]
    public void Run_FullForAWhile_WarnsGoesOnAndEndsWithTheSameAdapter()
    {
        var whole = Whole();
        var (before, tensors) = (_run.Snapshot(), ProcessWide.CountTensors());
        var result = Run(Options, full: 3, free: 8, out var error);

        Assert.Null(error);
        Assert.Equal(whole, File.ReadAllBytes(result!.Path));
        Assert.Contains(result.Warnings, warning => warning.Contains("The checkpoint of step 3", StringComparison.Ordinal) && warning.Contains("saving.folder", StringComparison.Ordinal));
        Assert.Contains(result.Warnings, warning => warning.Contains("The state of step 6", StringComparison.Ordinal));
        Assert.Equal(["full-000003.safetensors", "full-000003.state.safetensors"], Files("full-00000*"));
        _run.LostNothing(before);
        Assert.Equal(tensors, ProcessWide.CountTensors());
    }

    [Fact]
    public void Run_FullToTheEnd_EndsWithAnErrorAndGoesOnWhenThereIsRoom()
    {
        var whole = Whole();
        var (before, tensors) = (_run.Snapshot(), ProcessWide.CountTensors());
        Run(Options, full: 4, free: null, out var error);

        Assert.Contains("The adapter could not be written", Assert.IsType<IOException>(error).Message, StringComparison.Ordinal);
        Assert.Contains("Free some space in saving.folder", error.Message, StringComparison.Ordinal);
        Assert.Contains("--resume", error.Message, StringComparison.Ordinal);
        Assert.Contains("after step 3 is saved", error.Message, StringComparison.Ordinal);
        _run.LostNothing(before);
        Assert.Equal(tensors, ProcessWide.CountTensors());

        var seen = new List<long>();
        var resumed = LoraTrainer.Run(Resumed, BadRun.Host with { Progress = new EventHeard(what => { if (what is TrainingStepDone done) seen.Add(done.Step); }) });
        Assert.Equal(whole, File.ReadAllBytes(resumed.Path));
        Assert.Equal(4, seen[0]);
    }

    [Fact]
    public void Run_StoppedOnAFullDisk_SaysWhichStepIsSaved()
    {
        using var stop = new CancellationTokenSource();
        var host = BadRun.Host with
        {
            Stop = stop.Token,
            Progress = new EventHeard(what =>
            {
                if (what is not TrainingStepDone { Step: 5 }) return;
                _disk = new(20_000);
                stop.Cancel();
            }),
        };
        var error = Record.Exception(() => LoraTrainer.Run(Options, host));
        _disk!.Dispose();
        Assert.Contains("after step 3 is saved", Assert.IsType<IOException>(error).Message, StringComparison.Ordinal);
        Assert.Equal(12, LoraTrainer.Run(Resumed, BadRun.Host).Steps);
    }

    [Fact]
    public void Run_FullForAWhile_LeavesHistoryAndEventsThatCanBeRead()
    {
        // smaller than what is there of both at that step, so that every line is refused for a while
        var (history, warnings) = (Path.Combine(_run.Output, "full-history.jsonl"), new List<string>());
        var host = BadRun.Host with
        {
            Progress = new EventHeard(what =>
            {
                if (what is TrainingStepDone { Step: 4 }) _disk = new(new FileInfo(history).Length - 10);
                if (what is TrainingStepDone { Step: 7 }) _disk!.Dispose();
                if (what is TrainingWarning warning) warnings.Add(warning.Message);
            }),
        };
        LoraTrainer.Run(Options, host);

        Assert.Single(warnings, warning => warning.Contains("history, train.log or TensorBoard's files", StringComparison.Ordinal));
        var content = TrainingHistory.Read(history);
        Assert.Equal(0, content.Skipped);
        Assert.Equal([1, 2, 3, 7, 8, 9, 10, 11, 12], content.Entries.Where(entry => entry.Loss is not null).Select(entry => (int)entry.Step));
        Assert.All(Directory.GetFiles(Path.Combine(_run.Output, "log")), file => Assert.NotEmpty(EventFile.Read(file)));
    }

    [Fact]
    public void Run_NoRoomForSamples_TrainsWithoutThem()
    {
        var options = Options with { Samples = new() { EveryEpochs = 1, Prompts = ["a pattern --w 64 --h 64 --s 1"] } };
        var result = Run(options, full: 2, free: 4, out var error);
        Assert.Null(error);
        Assert.Contains(result!.Warnings, warning => warning.Contains("The samples of step 3", StringComparison.Ordinal));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_run.Output, "sample"), "full_*").Length);
    }

    [Fact]
    public void Run_NoRoomForTheCache_NamesItAndTheCure()
    {
        var before = _run.Snapshot();
        // room for what is tried in the folder of results, none for latents
        _disk = new(4_100);
        var error = Assert.Throws<IOException>(() => LoraTrainer.Run(Options with { Cache = new() { LatentsOnDisk = true, Folder = _run.At("cache") }, Buckets = new() { Width = 128, Height = 128, MinimumSide = 128 } }, BadRun.Host));
        Assert.Contains("cache.folder", error.Message, StringComparison.Ordinal);
        Assert.Contains("cache.latentsOnDisk", error.Message, StringComparison.Ordinal);
        _run.LostNothing(before);
    }

    [Fact]
    public void Run_FolderOfResultsDeletedInTheMiddle_EndsWithItsName()
    {
        var options = Options with { Saving = Options.Saving with { Folder = _run.At("gone") } };
        var tensors = ProcessWide.CountTensors();
        var host = BadRun.Host with { Progress = new EventHeard(what => { if (what is TrainingStepDone { Step: 2 }) Directory.Delete(_run.At("gone"), recursive: true); }) };
        var error = Assert.Throws<IOException>(() => LoraTrainer.Run(options, host));
        Assert.Contains("saving.folder", error.Message, StringComparison.Ordinal);
        Assert.Contains("gone", error.Message, StringComparison.Ordinal);
        Assert.Equal(tensors, ProcessWide.CountTensors());
    }

    private byte[] Whole()
    {
        var bytes = File.ReadAllBytes(LoraTrainer.Run(Options, BadRun.Host).Path);
        foreach (var file in Directory.GetFiles(_run.Output, "full*")) File.Delete(file);
        return bytes;
    }

    /// <summary>Runs with a disk on which there is no room for adapters and states after one step, and there is again after another.</summary>
    private TrainingResult? Run(TrainingOptions options, int full, int? free, out Exception? error)
    {
        TrainingResult? result = null;
        var host = BadRun.Host with
        {
            Progress = new EventHeard(what =>
            {
                if (what is not TrainingStepDone { Step: var step }) return;
                if (step == full) _disk = new(options.Samples.EveryEpochs is null ? 20_000 : 200);
                if (step == free) _disk!.Dispose();
            }),
        };
        error = Record.Exception(() => result = LoraTrainer.Run(options, host));
        _disk?.Dispose();
        return result;
    }

    private IEnumerable<string> Files(string pattern) => Directory.GetFiles(_run.Output, pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
