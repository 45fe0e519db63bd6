using System.Diagnostics;
using LoraBridge.Torch;
using LoraBridge.Training.Data;
using LoraBridge.Training.Loop;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Preflight;

/// <summary>Two steps as a run would take them, without the run: nothing is written, and what is made is given back.</summary>
internal static class Rehearsal
{
    private const int Steps = 2;

    /// <summary>Takes the steps.</summary>
    public static (MeasuredSteps Steps, StepRates Rates) Run(TrainingOptions options, TrainerHost host)
    {
        var device = new Device(Diffusion.DeviceNames.Resolve(options.Precision.Device));
        TorchExtras.ReleaseCachedMemory();
        var before = PeakMemory.Now(device);
        return Take(options, host, before);
    }

    private static (MeasuredSteps Steps, StepRates Rates) Take(TrainingOptions options, TrainerHost host, long before)
    {
        using var session = TrainingSession.Rehearse(options, host);
        var step = new StepTaker(session);
        var batch = session.Batches.At(0).Batch;
        var seconds = new double[Steps];
        PeakMemory.Reset(session.Model.Device);
        for (var i = 0; i < Steps; i++)
        {
            host.Stop.ThrowIfCancellationRequested();
            session.Tell(new TrainingStage("taking two steps", (double)i / Steps));
            var watch = Stopwatch.StartNew();
            step.Take(i, rateFactor: 1);
            seconds[i] = watch.Elapsed.TotalSeconds;
        }
        session.Tell(new TrainingStage("taking two steps", 1));
        var megapixels = batch.Bucket.Area * batch.Samples.Count / 1e6;
        return (
            new(batch.Bucket.Width, batch.Bucket.Height, batch.Samples.Count, seconds[0], seconds[^1], before, PeakMemory.Bytes(session.Model.Device)),
            new(seconds[^1] / megapixels, session.Encoded is { Pictures: > 0 } encoding ? encoding.Time.TotalSeconds / (encoding.Pictures * batch.Bucket.Area / 1e6) : null));
    }

    /// <summary>The settings of the rehearsal: nothing on the disk, one batch a step, as many steps as are taken.</summary>
    public static TrainingOptions Options(TrainingOptions options) => options with
    {
        Cache = options.Cache with { LatentsOnDisk = false, TextStatesOnDisk = false },
        Loop = options.Loop with { Epochs = Steps, Steps = null, GradientAccumulation = 1, Resume = null, Seed = options.Loop.Seed ?? 0 },
        Validation = options.Validation with { Split = 0 },
    };

    /// <summary>The pictures of the largest batch alone, each as often as one batch an epoch needs.</summary>
    public static DatasetScan Pictures(DatasetScan scan, int batchSize)
    {
        var largest = scan.Pictures.GroupBy(picture => picture.Fit.Bucket).MaxBy(group => group.Key.Area * Math.Min(batchSize, group.Sum(picture => picture.Visits)))!;
        var count = Math.Min(batchSize, largest.Sum(picture => picture.Visits));
        var chosen = largest.Take(count).ToList();
        return scan with
        {
            Findings = [],
            // whose pictures they are makes no difference to a step, but a set of regularisation pictures alone is refused
            Pictures = [.. chosen.Select((picture, i) => picture with
            {
                Visits = (count / chosen.Count) + (i < count % chosen.Count ? 1 : 0),
                Folder = picture.Folder with { Options = picture.Folder.Options with { IsRegularisation = false } },
            })],
        };
    }
}
