using System.Security.Cryptography;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using LoraBridge.Tests.Generation;
using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.BadInput;

/// <summary>A mistake: settings (and files) that are wrong, and the words that must be in the error, those of the cure among them.</summary>
internal sealed record Mistake(Func<BadRun, TrainingOptions> Make, params string[] Words)
{
    /// <summary>For theories: the mistakes' names.</summary>
    public static TheoryData<string> Names(IReadOnlyDictionary<string, Mistake> mistakes) => new(mistakes.Keys);
}

/// <summary>A folder of pictures beside all that an earlier run of the same name left: none of it may be lost when a run fails.</summary>
internal sealed class BadRun : IDisposable
{
    // errors that say what is wrong with the input; any other is a fault of the program
    private static readonly Type[] s_clear =
    [
        typeof(SettingsException), typeof(DatasetException), typeof(IOException), typeof(FileNotFoundException), typeof(InvalidDataException), typeof(CheckpointFormatException),
        typeof(UnsupportedModelException), typeof(ModelShapeException), typeof(CheckpointMismatchException), typeof(LoraMismatchException), typeof(TrainingDivergedException),
        typeof(VocabularyFormatException), typeof(VocabularyMissingException), typeof(NotSupportedException), typeof(PlatformNotSupportedException),
    ];

    private static readonly Lazy<Dictionary<string, byte[]>> s_earlier = new(RunOnce);

    private readonly TrainingFolder _folder = new();

    public BadRun()
    {
        foreach (var (name, bytes) in s_earlier.Value) Write(Path.Combine("out", name), bytes);
    }

    public string Output => _folder.Output;

    public string Pictures => _folder.Pictures;

    public TrainingOptions Options => _folder.Options;

    public static TrainerHost Host => TrainingFolder.Host;

    /// <summary>Tries a mistake in a folder of its own.</summary>
    public static void Refuses(Mistake mistake)
    {
        using var run = new BadRun();
        run.Fails(mistake.Make(run), Host, mistake.Words);
    }

    /// <summary>Runs; it must fail with a clear error that holds the words, and leave everything as it was.</summary>
    public Exception Fails(TrainingOptions options, TrainerHost host, params string[] words)
    {
        var (before, tensors) = (Snapshot(), ProcessWide.CountTensors());
        var error = Record.Exception(() => LoraTrainer.Run(options, host));
        Assert.NotNull(error);
        Assert.True(s_clear.Contains(error.GetType()), $"This is no clear error: {error}");
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.OrdinalIgnoreCase));
        LostNothing(before);
        Assert.Equal(tensors, ProcessWide.CountTensors());
        return error;
    }

    /// <summary>Runs to the end; a warning must hold the words.</summary>
    public void Warns(TrainingOptions options, params string[] words)
    {
        var (before, tensors) = (Inputs(), ProcessWide.CountTensors());
        var result = LoraTrainer.Run(options, Host);
        Assert.True(result.IsComplete);
        Assert.Contains(result.Warnings, warning => words.All(word => warning.Contains(word, StringComparison.OrdinalIgnoreCase)));
        LostNothing(before);
        Assert.Equal(tensors, ProcessWide.CountTensors());
    }

    /// <summary>Every file below the folder and what it holds.</summary>
    public Dictionary<string, string> Snapshot() =>
        // a pipe is empty too, and would never end
        Files().ToDictionary(path => path, path => new FileInfo(path).Length == 0 ? "empty" : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    /// <summary>The same of what a run only reads.</summary>
    public Dictionary<string, string> Inputs() => Snapshot().Where(file => !file.Key.StartsWith(Output + "/", StringComparison.Ordinal)).ToDictionary();

    /// <summary>Every file is there and unchanged, and none is half.</summary>
    public void LostNothing(Dictionary<string, string> before)
    {
        var now = Snapshot();
        // the log of a folder grows with every run
        foreach (var (path, hash) in before.Where(file => Path.GetFileName(file.Key) != "train.log")) Assert.Equal((path, hash), (path, now.GetValueOrDefault(path)));
        Assert.DoesNotContain(Files(), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    /// <summary>A path below the folder.</summary>
    public string At(string name) => Path.Combine(_folder.Root, name);

    /// <summary>Writes a file below the folder.</summary>
    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Makes an empty folder.</summary>
    public string Folder(string name) => Directory.CreateDirectory(At(name)).FullName;

    /// <summary>Writes a checkpoint that is the small model's with something changed.</summary>
    public string Model(string name, Action<Dictionary<string, Tensor>> change, string? source = null)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(source ?? Pipelines.TinyModel);
        var tensors = file.Tensors.Keys.ToDictionary(key => key, key => file.Read(key));
        change(tensors);
        SafetensorsWriter.Write(At(name), tensors, file.Metadata);
        return At(name);
    }

    public void Dispose() => _folder.Dispose();

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_folder.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint });

    private static Dictionary<string, byte[]> RunOnce()
    {
        using var folder = new TrainingFolder();
        var options = folder.Options;
        LoraTrainer.Run(options with
        {
            Loop = options.Loop with { Epochs = 2 },
            Saving = options.Saving with { EveryEpochs = 1, State = true },
            Cache = new() { LatentsOnDisk = true },
        }, Host);
        return Directory.GetFiles(folder.Output, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(folder.Output, path), File.ReadAllBytes);
    }
}
