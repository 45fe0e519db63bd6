using LoraBridge.Imaging;
using LoraBridge.Tests.Native;
using LoraBridge.Tests.Training.Data;
using LoraBridge.Training;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training;

/// <summary>What happens before the first step.</summary>
[Collection(ProcessWide.Name)]
public sealed class TrainingSessionTests : IDisposable
{
    private readonly TrainingFolder _folder = new();
    private readonly List<TrainingEvent> _heard = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_FlawedPictures_AreNamedWithCuresInTheLogAndTheWarnings()
    {
        File.Copy(Path.Combine(_folder.Pictures, "0.png"), Path.Combine(_folder.Pictures, "twin.png"));
        File.WriteAllText(Path.Combine(_folder.Pictures, "twin.txt"), "a pattern, number 0");
        File.WriteAllText(Path.Combine(_folder.Pictures, "1.txt"), "");
        PictureFile.Write(Path.Combine(_folder.Pictures, "2.png"), PictureFolder.Drawn(16, 16, 1));

        var warnings = LoraTrainer.Run(Short, Host).Warnings;

        Assert.Contains(warnings, warning => warning.Contains("twin.png", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.Contains("1.png: Its caption is empty. Describe", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.Contains("2.png: ", StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, warning => warning.Contains("DatasetFinding", StringComparison.Ordinal));
        var log = File.ReadAllText(_folder.File("train.log"));
        Assert.All(warnings, warning => Assert.Contains(warning, log, StringComparison.Ordinal));
        Assert.All(warnings, warning => Assert.Contains(_heard.OfType<TrainingWarning>(), heard => heard.Message == warning));
    }

    [Fact]
    public void Run_APictureThatOnlyDecodingFindsDamaged_EndsBeforeTheModelIsLoaded()
    {
        var path = Path.Combine(_folder.Pictures, "3.png");
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);                  // its headers are whole
        var error = Assert.Throws<DatasetException>(() => LoraTrainer.Run(Short, Host));
        Assert.Contains("3.png", error.Message, StringComparison.Ordinal);
        Assert.Contains("examining the pictures", Stages);
        Assert.DoesNotContain("loading the model", Stages);
    }

    [Fact]
    public void Run_Stages_AreInOrderAndTheHashHasOne()
    {
        LoraTrainer.Run(Short, Host);
        Assert.Equal(["reading the pictures", "examining the pictures", "loading the model", "encoding the pictures", "hashing the checkpoint"], Stages);
        Assert.All(Stages, stage => Assert.Contains(_heard.OfType<TrainingStage>(), heard => heard.Name == stage && heard.Fraction == 1));
    }

    [Fact]
    public void Run_Resumed_DoesNotExamineAgain()
    {
        LoraTrainer.Run(Short, Host);
        _heard.Clear();
        LoraTrainer.Run(Short with { Loop = Short.Loop with { Epochs = 2, Resume = "latest" } }, Host);
        Assert.DoesNotContain("examining the pictures", Stages);
    }

    [Fact]
    public void Run_Log_SaysWhatTheRunWillTake()
    {
        LoraTrainer.Run(Short, Host);
        Assert.Contains("The run needs about", File.ReadAllText(_folder.File("train.log")), StringComparison.Ordinal);
    }

    private List<string> Stages => [.. _heard.OfType<TrainingStage>().Select(stage => stage.Name).Distinct()];

    private LoraBridge.Training.Settings.TrainingOptions Short => _folder.Options with { Loop = _folder.Options.Loop with { Epochs = 1 } };

    private TrainerHost Host => TrainingFolder.Host with { Progress = new Listener(_heard) };

    private sealed class Listener(List<TrainingEvent> heard) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value)
        {
            lock (heard) heard.Add(value);
        }
    }
}
