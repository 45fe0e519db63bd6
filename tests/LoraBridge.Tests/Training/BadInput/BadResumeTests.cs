using LoraBridge.Checkpoints;
using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>Runs that are to go on from states that are missing, damaged or another run's.</summary>
[Collection(ProcessWide.Name)]
public sealed class BadResumeTests
{
    private const string Saved = "out/pattern-resume.state.safetensors";

    private static readonly Dictionary<string, Mistake> s_mistakes = new()
    {
        ["state missing"] = new(run => From(run, run.At("no.state.safetensors")), "loop.resume", "no.state.safetensors", "latest"),
        ["folder without states"] = new(run => From(run, run.Folder("states")), "loop.resume", "states", ".state.safetensors"),
        ["empty"] = Latest(run => run.Write(Saved, []), "pattern-resume.state.safetensors", "empty", "begin anew"),
        ["cut short"] = Latest(run => run.Write(Saved, File.ReadAllBytes(run.At(Saved))[..^1000]), "pattern-resume.state.safetensors", "loop.resume", "begin anew"),
        ["cut short in its header"] = Latest(run => run.Write(Saved, File.ReadAllBytes(run.At(Saved))[..200]), "pattern-resume.state.safetensors", "loop.resume"),
        ["bytes of nothing"] = Latest(run => run.Write(Saved, new byte[5000]), "pattern-resume.state.safetensors", "loop.resume"),
        ["an adapter"] = new(run => From(run, run.At("out/pattern.safetensors")), "pattern.safetensors", "no saved state", "loop.resume"),
        ["a checkpoint"] = new(run => From(run, Pipelines.TinyModel), "model.safetensors", "loop.resume"),
        ["a picture"] = new(run => From(run, Path.Combine(run.Pictures, "0.png")), "0.png", "loop.resume"),
        ["without its step"] = Latest(run => Edit(run, (_, words) => words.Remove("run.step")), "run.step", "loop.resume"),
        ["with a step that is none"] = Latest(run => Edit(run, (_, words) => words["run.step"] = "NaN"), "run.step", "loop.resume"),
        ["with a negative step"] = Latest(run => Edit(run, (_, words) => words["run.step"] = "-3"), "run.step", "loop.resume"),
        ["with words for numbers"] = Latest(run => Edit(run, (_, words) => words["scaler.scale"] = "much"), "much", "loop.resume"),
        ["without its optimizer"] = Latest(run => Edit(run, (tensors, _) => Drop(tensors, "optimizer.")), "pattern-resume.state.safetensors", "optimizer"),
        ["without its network"] = Latest(run => Edit(run, (tensors, _) => Drop(tensors, "network.")), "pattern-resume.state.safetensors", "settings it was saved with"),
        ["weights of no numbers"] = Latest(run => Edit(run, (tensors, _) => tensors.First(pair => pair.Key.StartsWith("network.", StringComparison.Ordinal)).Value.fill_(float.NaN)), "pattern-resume.state.safetensors", "NaN", "earlier state"),
        ["of another rank"] = Other(options => options with { Network = new() { Rank = 8 } }, "lora_down", "settings it was saved with"),
        ["of other layers"] = Other(options => options with { Network = options.Network with { Targets = NetworkTargets.Full, Algorithm = NetworkAlgorithm.LoCon } }, "resume with"),
        ["of another algorithm"] = Other(options => options with { Network = options.Network with { Algorithm = NetworkAlgorithm.LoKr } }, "resume with"),
        ["of another optimizer"] = Other(options => options with { Optimizer = options.Optimizer with { Kind = OptimizerKind.Prodigy, LearningRate = 1 } }, "optimizer"),
        ["without a running mean"] = Other(options => options with { Ema = new() { Enabled = true } }, "resume with"),
        ["a text encoder trained no more"] = Other(options => options with { Network = options.Network with { TrainUNet = false } }, "resume with"),
        ["settings of before damaged"] = Latest(run => run.Write("out/pattern-settings.json", "{oops"), "pattern-settings.json", "delete it"),
    };

    public static TheoryData<string> Mistakes => Mistake.Names(s_mistakes);

    [Theory, MemberData(nameof(Mistakes))]
    public void Run_BadState_IsRefusedWithItsNameAndTheCure(string mistake) => BadRun.Refuses(s_mistakes[mistake]);

    [Fact]
    public void Run_FinishedRunResumed_WritesTheSameAdapterOnceMore()
    {
        using var run = new BadRun();
        var before = File.ReadAllBytes(run.At("out/pattern.safetensors"));
        var result = LoraTrainer.Run(Earlier(run, "latest"), BadRun.Host);
        Assert.Equal((true, 6L), (result.IsComplete, result.Steps));
        Assert.Equal(before, File.ReadAllBytes(result.Path));
    }

    [Fact]
    public void Run_FromTheStateOfAnEpoch_EndsAsTheRunDid()
    {
        using var run = new BadRun();
        var before = File.ReadAllBytes(run.At("out/pattern.safetensors"));
        var result = LoraTrainer.Run(Earlier(run, run.At("out/pattern-000001.state.safetensors")), BadRun.Host);
        Assert.Equal(before, File.ReadAllBytes(result.Path));
    }

    [Fact]
    public void Run_ResumedOnOtherPictures_WarnsThatItWillNotEndAlike()
    {
        using var run = new BadRun();
        run.Warns(Earlier(run, "latest") with { Loop = Earlier(run, "latest").Loop with { Epochs = 3 }, Captions = new() { Shuffle = true } }, "Settings have changed");
    }

    private static Mistake Latest(Action<BadRun> change, params string[] words) => new(run =>
    {
        change(run);
        return From(run, "latest");
    }, words);

    private static Mistake Other(Func<TrainingOptions, TrainingOptions> change, params string[] words) => new(run => change(From(run, "latest")), ["pattern-resume.state.safetensors", .. words]);

    private static TrainingOptions From(BadRun run, string state) => run.Options with { Loop = run.Options.Loop with { Resume = state } };

    private static TrainingOptions Earlier(BadRun run, string state) => From(run, state) with { Loop = run.Options.Loop with { Epochs = 2, Resume = state }, Saving = run.Options.Saving with { EveryEpochs = 1 } };

    private static void Edit(BadRun run, Action<Dictionary<string, Tensor>, Dictionary<string, string>> change)
    {
        using var scope = NewDisposeScope();
        var (tensors, words) = (new Dictionary<string, Tensor>(), new Dictionary<string, string>());
        using (var file = CheckpointFile.Open(run.At(Saved)))
        {
            foreach (var name in file.Tensors.Keys) tensors.Add(name, file.Read(name));
            foreach (var (name, word) in file.Metadata) words.Add(name, word);
        }
        change(tensors, words);
        SafetensorsWriter.Write(run.At(Saved), tensors, words);
    }

    private static void Drop(Dictionary<string, Tensor> tensors, string prefix)
    {
        foreach (var name in tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToList()) tensors.Remove(name);
    }
}
