using System.Diagnostics;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>Runs whose settings name files and folders that are not there, not theirs or not to be written to.</summary>
[Collection(ProcessWide.Name)]
public sealed class BadPathTests
{
    private static readonly Dictionary<string, Mistake> s_mistakes = new()
    {
        ["model missing"] = new(run => run.Options with { Model = new() { Path = run.At("no.safetensors") } }, "model.path", "there is no file", "no.safetensors", "Give a Stable Diffusion 1.x checkpoint"),
        ["model a folder"] = new(run => run.Options with { Model = new() { Path = run.Folder("diffusers") } }, "model.path", "is a folder", "in one file"),
        ["model not named"] = new(run => run.Options with { Model = new() }, "No base model is named", "set model.path"),
        ["model with NUL"] = new(run => run.Options with { Model = new() { Path = "a\0b" } }, "model.path", "NUL", "type it anew"),
        ["autoencoder missing"] = new(run => run.Options with { Model = run.Options.Model with { Vae = run.At("vae.pt") } }, "model.vae", "there is no file", "leave it out"),
        ["autoencoder a folder"] = new(run => run.Options with { Model = run.Options.Model with { Vae = run.Folder("vae") } }, "model.vae", "is a folder"),
        ["start weights missing"] = new(run => run.Options with { Network = run.Options.Network with { StartWeights = run.At("old.safetensors") } }, "network.startWeights", "there is no file", "begin anew"),
        ["prompts file missing"] = new(run => run.Options with { Samples = new() { PromptsFile = run.At("prompts.txt"), AtFirst = true } }, "samples.promptsFile", "there is no file", "samples.prompts"),
        ["prompts file a folder"] = new(run => run.Options with { Samples = new() { PromptsFile = run.Folder("prompts"), AtFirst = true } }, "samples.promptsFile", "is a folder"),
        ["two files missing"] = new(run => run.Options with { Model = new() { Path = "/no/model", Vae = "/no/vae" } }, "model.path", "model.vae"),

        ["pictures missing"] = new(run => run.Options with { Data = [new() { Folder = run.At("nowhere") }] }, "nowhere", "does not exist", "Correct the path"),
        ["pictures a file"] = new(run => run.Options with { Data = [new() { Folder = Path.Combine(run.Pictures, "0.png") }] }, "0.png", "is a file", "Give the folder"),
        ["pictures not named"] = new(run => run.Options with { Data = [] }, "No training pictures are named", "set data.folder"),
        ["pictures with NUL"] = new(run => run.Options with { Data = [new() { Folder = "a\0" }] }, "data.folder", "NUL"),
        ["folder without pictures"] = new(run => run.Options with { Data = [new() { Folder = run.Folder("empty") }] }, "empty", "no pictures", "Put pictures"),
        ["folder with captions alone"] = new(run => run.Options with { Data = [new() { Folder = Path.GetDirectoryName(run.Write("texts/a.txt", "a cat"))! }] }, "1 captions but no pictures", "Put pictures"),
        ["no numbered folder"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, Layout = FolderLayout.Repeats }] }, "10_name", "Layout"),
        ["regularisation alone"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, IsRegularisation = true }] }, "No training pictures", "data.folder"),
        ["masks missing"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, MaskFolder = "masks" }] }, "masks", "does not exist", "leave it out"),
        ["captions file missing"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, MetadataFile = "words.csv" }] }, "words.csv", "does not exist", "Correct MetadataFile"),
        ["captions file a folder"] = new(run => run.Options with { Data = [new() { Folder = run.Pictures, MetadataFile = run.Folder("words.csv") }] }, "words.csv", "does not exist"),
        ["pictures among the results"] = new(run => run.Options with { Saving = run.Options.Saving with { Folder = run.Pictures } }, "0.png", "folder of results", "saving.folder"),
        ["results of before among the pictures"] = new(run =>
        {
            File.Copy(Path.Combine(run.Pictures, "0.png"), Path.Combine(run.Folder("out/sample"), "0.png"));
            return run.Options with { Data = [new() { Folder = run.At("."), FallbackCaption = "x" }] };
        }, "/out/", "folder of results", "apart"),

        ["results a file"] = new(run => Saved(run, run.Write("results", "x")), "saving.folder", "results", "Choose another folder"),
        ["results below a file"] = new(run => Saved(run, Path.Combine(run.Write("results", "x"), "a", "b")), "saving.folder", "Choose another folder"),
        ["results where nobody may write"] = new(run => Saved(run, "/sys/lorabridge"), "saving.folder", "/sys/lorabridge", "Choose another folder"),
        ["results with NUL"] = new(run => Saved(run, "out\0"), "saving.folder", "NUL"),
        ["results nowhere"] = new(run => Saved(run, ""), "saving.folder", "must not be empty"),
        ["name too long"] = new(run => run.Options with { Saving = run.Options.Saving with { Name = new('n', 250) } }, "saving.name", "Choose a shorter"),
        ["name a path"] = new(run => run.Options with { Saving = run.Options.Saving with { Name = "../x" } }, "saving.name", "must be a name, not a path"),
        ["logs a file"] = new(run => run.Options with { Logging = new() { Folder = run.Write("logs", "x") } }, "logging.folder", "Choose another folder"),
        ["history a folder"] = new(run =>
        {
            File.Delete(Path.Combine(run.Output, "pattern-history.jsonl"));
            run.Folder("out/pattern-history.jsonl");
            return run.Options;
        }, "saving.folder", "pattern-history.jsonl", "is a folder"),
        ["cache a file"] = new(run => run.Options with { Cache = new() { LatentsOnDisk = true, Folder = run.Write("cache", "x") } }, "cache.folder", "choose another folder"),
        ["cache where nobody may write"] = new(run => run.Options with { Cache = new() { LatentsOnDisk = true, Folder = "/sys/lorabridge" } }, "cache.folder", "/sys/lorabridge", "cache.latentsOnDisk"),
        ["text cache where nobody may write"] = new(run => run.Options with
        {
            Cache = new() { TextStates = true, TextStatesOnDisk = true, Folder = "/sys/lorabridge" },
            Network = run.Options.Network with { TrainTextEncoder = false },
        }, "cache.folder", "cache.textStatesOnDisk"),
    };

    public static TheoryData<string> Mistakes => Mistake.Names(s_mistakes);

    [Theory, MemberData(nameof(Mistakes))]
    public void Run_BadPath_IsRefusedWithItsNameAndTheCure(string mistake) => BadRun.Refuses(s_mistakes[mistake]);

    [Fact]
    public void Run_VocabularyMissing_NamesTheFile()
    {
        using var run = new BadRun();
        run.Fails(run.Options, BadRun.Host with { Vocabulary = new() { File = run.At("words.gz") } }, "words.gz");
    }

    [Fact]
    public void Run_VocabularyOfAnotherModel_NamesTheFile()
    {
        using var run = new BadRun();
        run.Fails(run.Options, BadRun.Host with { Vocabulary = new() { File = run.Write("words.txt", "a b\nc d\n") } }, "words.txt");
    }

    [Fact]
    public void Run_FolderThatLinksToItself_TrainsEachPictureOnce()
    {
        using var run = new BadRun();
        Directory.CreateSymbolicLink(Path.Combine(run.Pictures, "again"), run.Pictures);
        Directory.CreateSymbolicLink(Path.Combine(run.Folder("pictures/a"), "up"), run.Pictures);
        var result = LoraTrainer.Run(run.Options with { Loop = run.Options.Loop with { Epochs = 1 } }, BadRun.Host);
        Assert.Equal(3, result.Steps);
    }

    [Fact]
    public void Run_PicturesThatArePipesOrGone_AreNamedAndNotWaitedFor()
    {
        using var run = new BadRun();
        File.CreateSymbolicLink(Path.Combine(run.Pictures, "6.png"), run.At("gone.png"));
        using (var made = Process.Start("mkfifo", [Path.Combine(run.Pictures, "7.png")]))
        {
            made.WaitForExit();
            Assert.Equal(0, made.ExitCode);
        }
        run.Fails(run.Options, BadRun.Host, "6.png", "7.png", "LeaveOut");
    }

    private static TrainingOptions Saved(BadRun run, string folder) => run.Options with { Saving = run.Options.Saving with { Folder = folder } };
}
