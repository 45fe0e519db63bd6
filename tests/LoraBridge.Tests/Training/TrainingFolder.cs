using LoraBridge.Imaging;
using LoraBridge.Tests.Generation;
using LoraBridge.Training;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training;

/// <summary>A folder of small pictures with captions, a folder of results, and settings for a short run on the small model.</summary>
internal sealed class TrainingFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("train-").FullName;

    public TrainingFolder(int pictures = 6)
    {
        Directory.CreateDirectory(Pictures);
        for (var i = 0; i < pictures; i++)
        {
            var picture = new Picture(64, 64, 3);
            for (var p = 0; p < picture.Pixels.Length; p++) picture.Pixels[p] = (byte)((p * (3 + i)) + (i * 40));
            PictureFile.Write(Path.Combine(Pictures, $"{i}.png"), picture);
            System.IO.File.WriteAllText(Path.Combine(Pictures, $"{i}.txt"), $"a pattern, number {i}");
        }
    }

    public string Root => _root;

    public string Pictures => Path.Combine(_root, "pictures");

    public string Output => Path.Combine(_root, "out");

    /// <summary>Three batches of two an epoch, four epochs.</summary>
    public TrainingOptions Options => new()
    {
        Model = new() { Path = Pipelines.TinyModel },
        Data = [new() { Folder = Pictures }],
        Buckets = new() { Width = 64, Height = 64, MinimumSide = 64, Step = 8 },
        Network = new() { Rank = 4, Alpha = 2 },
        Optimizer = new() { LearningRate = 1e-3 },
        Schedule = new() { Warmup = StepAmount.Steps(0) },
        Precision = new() { GradientCheckpointing = false, Device = "cpu" },
        Loop = new() { BatchSize = 2, Epochs = 4, Seed = 5 },
        Saving = new() { Folder = Output, Name = "pattern", EverySteps = null, Precision = WeightPrecision.Fp32 },
    };

    public static TrainerHost Host => new() { Vocabulary = Pipelines.Vocabulary, Time = new StoppedClock() };

    public string File(string name) => Path.Combine(Output, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Always the same time, so that files can be compared byte for byte.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
