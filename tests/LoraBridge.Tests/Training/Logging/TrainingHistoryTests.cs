using System.Text.Json;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

public sealed class TrainingHistoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("history.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_EveryField_IsReadBack()
    {
        var entry = new HistoryEntry
        {
            Step = 12,
            Epoch = 1,
            Loss = 0.125,
            SmoothedLoss = 0.25,
            LearningRates = new() { ["unet"] = 1e-4, ["text"] = 5e-5 },
            GradientNorm = 0.5,
            Validation = new() { [HistoryEntry.ValidationLoss] = 0.1 },
            Event = new(HistoryEventKind.Saved, "cat-000001.safetensors"),
            Timing = new() { Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), PicturesPerSecond = 2.5, SecondsPerStep = 0.4, PeakMemory = 1L << 33 },
        };
        using (var history = TrainingHistory.Begin(Path)) history.Add(entry);

        var content = TrainingHistory.Read(Path);

        Assert.Equal(0, content.Skipped);
        Assert.Equal(JsonSerializer.Serialize(entry), JsonSerializer.Serialize(Assert.Single(content.Entries)));
        Assert.Equal("""{"step":12,"epoch":1,"loss":0.125,"smoothedLoss":0.25,"learningRates":{"text":5E-05,"unet":0.0001},"gradientNorm":0.5,"validation":{"loss":0.1},"event":{"kind":"Saved","text":"cat-000001.safetensors"},"timing":{"time":"2026-01-02T03:04:05+00:00","picturesPerSecond":2.5,"secondsPerStep":0.4,"peakMemory":8589934592}}""" + "\n", File.ReadAllText(Path));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0.1 + 0.2)]
    public void Add_AnyLoss_IsReadBackExactly(double loss)
    {
        using (var history = TrainingHistory.Begin(Path)) history.Add(new() { Step = 1, Loss = loss });

        Assert.Equal(loss, TrainingHistory.Read(Path).Entries[0].Loss);
    }

    [Fact]
    public void Read_WhileItIsWritten_SeesEveryLine()
    {
        using var history = TrainingHistory.Begin(Path);
        for (var step = 1; step <= 3; step++)
        {
            history.Add(new() { Step = step });
            Assert.Equal(step, TrainingHistory.Read(Path).Entries.Count);
        }
    }

    [Fact]
    public void Read_CutShortAnywhere_GivesTheWholeLines()
    {
        using (var history = TrainingHistory.Begin(Path))
            for (var step = 1; step <= 3; step++) history.Add(new() { Step = step, Loss = 0.5, Event = new(HistoryEventKind.Saved, "über") });
        var bytes = File.ReadAllBytes(Path);
        for (var length = 0; length <= bytes.Length; length++)
        {
            File.WriteAllBytes(Path, bytes[..length]);
            var content = TrainingHistory.Read(Path);
            var lines = bytes.AsSpan(0, length).Count((byte)'\n');
            // a last line may lack its end only
            Assert.InRange(content.Entries.Count, lines, lines + 1);
            Assert.InRange(content.Entries.Count + content.Skipped, lines, lines + 1);
        }
    }

    [Fact]
    public void Resume_AfterAKill_CutsLaterStepsAndTheHalfLine()
    {
        using (var history = TrainingHistory.Begin(Path))
            for (var step = 1; step <= 5; step++) history.Add(new() { Step = step, Loss = step });
        File.AppendAllText(Path, """{"step":6,"lo""");

        using (var history = TrainingHistory.Resume(Path, 3)) history.Add(new() { Step = 4, Loss = 40 });

        var content = TrainingHistory.Read(Path);
        Assert.Equal([1.0, 2, 3, 40], content.Entries.Select(entry => entry.Loss));
        Assert.Equal(0, content.Skipped);
        Assert.Equal(["history.jsonl"], _folder.Names);
    }

    [Fact]
    public void Resume_NoFile_Begins()
    {
        using (var history = TrainingHistory.Resume(Path, 3)) history.Add(new() { Step = 4 });

        Assert.Equal(4, Assert.Single(TrainingHistory.Read(Path).Entries).Step);
    }

    [Fact]
    public void Begin_OlderFile_IsReplaced()
    {
        using (var history = TrainingHistory.Begin(Path)) history.Add(new() { Step = 4 });
        TrainingHistory.Begin(Path).Dispose();

        Assert.Empty(TrainingHistory.Read(Path).Entries);
    }

    // the reason for Timing, Deterministic and the saved state of the mean: a resumed run's history is an uninterrupted run's
    [Fact]
    public void Deterministic_InterruptedRun_IsTheUninterruptedRuns()
    {
        var whole = _folder.File("whole.jsonl");
        using (var history = TrainingHistory.Begin(whole)) Train(history, 1, 20, new RunningLoss(), HistoryEventKind.Started, speed: 1);

        var running = new RunningLoss();
        RunningLossState saved;
        using (var history = TrainingHistory.Begin(Path))
        {
            Train(history, 1, 10, running, HistoryEventKind.Started, speed: 2);
            saved = running.State;
            Train(history, 11, 13, running, null, speed: 2);                                    // lost: the state was saved at 10
        }
        using (var history = TrainingHistory.Resume(Path, 10)) Train(history, 11, 20, new RunningLoss(state: saved), HistoryEventKind.Resumed, speed: 3);

        Assert.NotEqual(File.ReadAllText(whole), File.ReadAllText(Path));
        Assert.Equal(Lines(whole), Lines(Path));
        Assert.Equal(20, Lines(whole).Count);

        static List<string> Lines(string path) => [.. HistoryEntry.Deterministic(TrainingHistory.Read(path).Entries).Select(entry => JsonSerializer.Serialize(entry))];
    }

    private static void Train(TrainingHistory history, int first, int last, RunningLoss running, HistoryEventKind? begins, double speed)
    {
        if (begins is { } kind) history.Add(new() { Step = first - 1, Event = new(kind), Timing = new() });
        for (var step = first; step <= last; step++)
        {
            var loss = Math.Sin(step * 1.7) + 2;
            history.Add(new() { Step = step, Loss = loss, SmoothedLoss = running.Add(loss), Timing = new() { SecondsPerStep = speed } });
        }
    }
}
