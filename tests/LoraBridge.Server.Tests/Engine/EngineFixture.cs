using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Tests.Launcher;
using LoraBridge.Training;
using LoraBridge.Training.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraBridge.Server.Tests.Engine;

/// <summary>An engine for the tiny model, with a folder of pictures to train on; all of it goes with the test.</summary>
internal sealed class EngineFixture : IAsyncDisposable
{
    private static readonly string s_fixtures = Path.Combine(LauncherScript.Root, "tests", "Fixtures");

    public static readonly string Model = Path.Combine(s_fixtures, "goldens", "sd15-tiny", "model.safetensors");

    private EngineFixture(EngineSettings settings, string folder)
    {
        Folder = folder;
        Process = new(settings, TimeProvider.System, NullLogger<EngineProcess>.Instance);
        Client = new(Process);
    }

    public string Folder { get; }

    public EngineProcess Process { get; }

    public EngineClient Client { get; }

    /// <summary>The engine's process; none when none runs.</summary>
    public int? ProcessId => Process.Current?.ProcessId;

    /// <summary>Settings for the tiny model; files carry the same time always.</summary>
    public static EngineSettings Settings { get; } = new()
    {
        Start = new()
        {
            Model = Model,
            Device = "cpu",
            Dtype = "float32",
            Vocabulary = new() { File = Path.Combine(s_fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz") },
        },
        Variables = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1700000000" },
    };

    public static EngineFixture Create(Func<EngineSettings, EngineSettings>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("engine-").FullName;
        var settings = Settings with { Start = Settings.Start with { LoraFolders = [Directory.CreateDirectory(Path.Combine(folder, "loras")).FullName] } };
        return new(change?.Invoke(settings) ?? settings, folder);
    }

    public static TextToImageRequest Request(string prompt = "a cat", int steps = 2, long seed = 1, int size = 64) =>
        new() { Prompt = prompt, Steps = steps, Seed = seed, Width = size, Height = size, Sampler = "Euler" };

    /// <summary>A picture's bytes.</summary>
    public async Task<byte[]> DrawAsync(string prompt = "a cat", int steps = 2) =>
        (await Client.GenerateAsync(new(Request(prompt, steps)))).Images[0].Png;

    /// <summary>Settings of a run on four small pictures, whose files go to a folder of the run's name.</summary>
    public TrainingOptions Training(string name, params string[] more)
    {
        var pictures = Path.Combine(Folder, "pictures");
        if (!Directory.Exists(pictures)) WritePictures(Directory.CreateDirectory(pictures).FullName);
        var report = TrainingSettings.Read([SettingsSource.Arguments([
            "model.path=" + Model, "train_data_dir=" + pictures, "output_dir=" + Path.Combine(Folder, name), "saving.name=" + name, "seed=3", "resolution=64", "buckets.minimumSide=64",
            "batch_size=2", "network.rank=4", "schedule.warmup=0", "precision.device=cpu", "precision.gradientCheckpointing=false", "learning_rate=1e-3", .. more])]);
        Assert.False(report.HasErrors, string.Join("\n", report.Problems));
        return report.Options;
    }

    /// <summary>The adapter that a run wrote in the end.</summary>
    public byte[] Adapter(string name) => File.ReadAllBytes(Path.Combine(Folder, name, name + ".safetensors"));

    /// <summary>Trains to the end.</summary>
    public async Task<(TrainingResult Result, List<TrainingEvent> Events)> TrainAsync(TrainCall call, Func<TrainingEvent, Task>? hear = null, CancellationToken cancel = default)
    {
        var events = new List<TrainingEvent>();
        await foreach (var happened in Client.TrainAsync(call, cancel))
        {
            events.Add(happened);
            if (hear is not null) await hear(happened);
        }
        return (Assert.IsType<TrainingEnded>(events[^1]).Result, events);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static void WritePictures(string folder)
    {
        for (var i = 0; i < 4; i++)
        {
            var picture = new Picture(64, 64, 3);
            for (var p = 0; p < picture.Pixels.Length; p++) picture.Pixels[p] = (byte)((p * (2 + i)) + i);
            PictureFile.Write(Path.Combine(folder, $"{i}.png"), picture);
            File.WriteAllText(Path.Combine(folder, $"{i}.txt"), $"pattern {i}");
        }
    }
}
