using System.Diagnostics;
using LoraBridge.Generation;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;

namespace LoraBridge.Server.Tests.Engine;

public sealed class EngineTrainingTests
{
    private static readonly string[] s_settings = ["epochs=8", "dropout=0.1"];

    [Fact]
    public async Task ATrainingThatMakesRoomForPictures_EndsWithTheBytesOfOneThatDoesNot()
    {
        await using var engine = EngineFixture.Create();
        var expected = await engine.DrawAsync();
        var (alone, _) = await engine.TrainAsync(new(engine.Training("x", [.. s_settings, "ema.enabled=true"])));
        var undisturbed = engine.Adapter("x");
        Directory.Delete(Path.Combine(engine.Folder, "x"), recursive: true);
        var pictures = new List<byte[]>();
        var models = new List<LoadedModel>();

        var (shared, events) = await engine.TrainAsync(new(engine.Training("x", [.. s_settings, "ema.enabled=true"])), async happened =>
        {
            if (happened is not TrainingStepDone { Step: 2 or 5 or 9 }) return;
            pictures.Add(await engine.DrawAsync());
            await engine.Client.PreviewAsync(new(new() { Picture = EngineFixture.Request("a <lora:x:1>"), Blends = [new(), new() { Loras = [new("x", 0.5, 0.5, null)] }] }));
            models.AddRange((await engine.Client.MemoryAsync()).Models);
        });

        Assert.True(alone.IsComplete && shared.IsComplete);
        Assert.Equal(undisturbed, engine.Adapter("x"));
        Assert.All(pictures, picture => Assert.Equal(expected, picture));
        Assert.Equal(3, pictures.Count);
        Assert.Equal(3, models.Count);                                          // never two of one
        Assert.All(models, model => Assert.True(model.IsLent));
        Assert.True(shared.Proof!.IsSound);
        Assert.Contains(events, happened => happened is TrainingFileWritten);
    }

    [Fact]
    public async Task ATag_OfARunningTraining_UsesItsPresentWeights()
    {
        await using var engine = EngineFixture.Create();
        var pictures = new List<byte[]>();
        byte[]? plain = null, byJob = null, blend = null;
        var call = new TrainCall(engine.Training("x", "epochs=500")) { LiveNames = ["job-7"] };

        var (result, _) = await engine.TrainAsync(call, async happened =>
        {
            if (happened is not TrainingStepDone { Step: 2 or 12 } step) return;
            plain ??= await engine.DrawAsync();
            pictures.Add(await engine.DrawAsync("a cat <lora:x:1>"));
            if (step.Step == 2) return;
            byJob = await engine.DrawAsync("a cat <lora:job-7:0.5> <lora:nobody:1>");
            var preview = await engine.Client.PreviewAsync(new(new() { Picture = EngineFixture.Request(), Blends = [new(), new() { Loras = [new("job-7", 4, 4, null)] }] }));
            blend = preview.Images[1].Png;
            Assert.Empty(preview.Warnings);
            Assert.NotEqual(preview.Images[0].Png, blend);
            await engine.Client.StopTrainingAsync(call.Id, TrainingStop.Finish);
        });

        Assert.NotEqual(plain, pictures[0]);
        Assert.NotEqual(pictures[0], pictures[1]);
        Assert.NotEqual(pictures[1], byJob);
        // what it did was finished as if it had been the last step, and is a file like any other now
        Assert.True(result.IsComplete);
        Assert.InRange(result.Steps, 12, 200);
        Assert.True(File.Exists(Path.Combine(engine.Folder, "x", "x.safetensors")));
        var after = await engine.Client.GenerateAsync(new(EngineFixture.Request("a cat <lora:x:1>")));
        Assert.Contains(after.Warnings, warning => warning.Reason.Contains("no LoRA named 'x'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StopTrainingAsync_PauseThenResume_GivesTheBytesOfOneRunAndCancelWritesNothing()
    {
        await using var engine = EngineFixture.Create();
        await engine.TrainAsync(new(engine.Training("x", s_settings)));
        var whole = engine.Adapter("x");
        Directory.Delete(Path.Combine(engine.Folder, "x"), recursive: true);

        var paused = new TrainCall(engine.Training("x", s_settings));
        var (stopped, _) = await engine.TrainAsync(paused, happened => happened is TrainingStepDone { Step: 3 } ? engine.Client.StopTrainingAsync(paused.Id, TrainingStop.Pause) : Task.CompletedTask);
        Assert.False(stopped.IsComplete);
        Assert.InRange(stopped.Steps, 3, 14);

        var options = engine.Training("x", s_settings);
        await engine.TrainAsync(new(options with { Loop = options.Loop with { Resume = "latest" } }));
        Assert.Equal(whole, engine.Adapter("x"));

        var cancelled = new TrainCall(engine.Training("y", s_settings));
        var error = await Assert.ThrowsAsync<EngineException>(() => engine.TrainAsync(cancelled, happened => happened is TrainingStepDone { Step: 3 } ? engine.Client.StopTrainingAsync(cancelled.Id, TrainingStop.Cancel) : Task.CompletedTask));
        Assert.Equal(EngineErrorKind.Cancelled, error.Kind);
        Assert.Equal(["y-resume.state.safetensors"], Directory.GetFiles(Path.Combine(engine.Folder, "y"), "*.safetensors").Select(Path.GetFileName)); // of the start
        Assert.False(await engine.Client.StopTrainingAsync(cancelled.Id, TrainingStop.Cancel));
        Assert.NotEmpty(await engine.DrawAsync());
    }

    [Fact]
    public async Task TrainAsync_WithoutPictures_IsAnErrorThatNamesTheSetting()
    {
        await using var engine = EngineFixture.Create();
        var options = engine.Training("x") with { Data = [] };

        var error = await Assert.ThrowsAsync<EngineException>(() => engine.TrainAsync(new(options)));

        Assert.Equal(EngineErrorKind.InvalidRequest, error.Kind);
        Assert.NotNull(error.Field);
    }

    [Fact]
    public async Task DisposeAsync_WhileATrainingRuns_LetsItSaveItself()
    {
        var engine = EngineFixture.Create();
        var folder = Directory.CreateTempSubdirectory("engine-saved-").FullName;
        var options = engine.Training("x", "epochs=5000");
        options = options with { Saving = options.Saving with { Folder = folder } };
        var closing = Task.CompletedTask;

        var (result, _) = await engine.TrainAsync(new(options), happened =>
        {
            if (happened is TrainingStepDone { Step: 2 }) closing = engine.DisposeAsync().AsTask();
            return Task.CompletedTask;
        });
        await closing;

        Assert.False(result.IsComplete);
        Assert.True(File.Exists(result.Path));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The engine is killed twenty times, at moments of chance, while it trains and draws: the training ends with the bytes of one that nothing happened to, and every picture is whole or refused.</summary>
    [Fact]
    public async Task TwentyKills_LoseNothing()
    {
        string[] settings = ["epochs=24", "dropout=0.1", "saving.everySteps=2", "saving.keepLast=2"];
        await using var engine = EngineFixture.Create();
        var expected = await engine.DrawAsync();
        await engine.TrainAsync(new(engine.Training("x", settings)));
        var undisturbed = engine.Adapter("x");
        Directory.Delete(Path.Combine(engine.Folder, "x"), recursive: true);
        var (chance, kills, wait) = (new Random(5), 0, 0);
        using var over = new CancellationTokenSource();
        var (drawn, refused) = (0, 0);
        var drawing = Task.Run(DrawAsync);

        var (result, events) = await engine.TrainAsync(new(engine.Training("x", settings)), async happened =>
        {
            if (happened is TrainingRestarted) wait = chance.Next(1, 4);
            if (happened is not TrainingStepDone || --wait > 0 || kills == 20) return;
            await Task.Delay(chance.Next(0, 60));
            kills++;
            using var kill = Process.Start("bash", ["-c", $"kill -s KILL {engine.ProcessId}"]);
            await kill.WaitForExitAsync();
            wait = int.MaxValue;                                                // until it has come back
        });
        await over.CancelAsync();
        await drawing;

        Assert.Equal(20, kills);
        Assert.Equal(20, events.OfType<TrainingRestarted>().Count());
        Assert.True(result.IsComplete);
        Assert.Equal(undisturbed, engine.Adapter("x"));
        Assert.True(drawn >= 10, $"{drawn} pictures, {refused} refused");
        Assert.Empty(Directory.GetFiles(Path.Combine(engine.Folder, "x"), "*.tmp"));

        async Task DrawAsync()
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    Assert.Equal(expected, await engine.DrawAsync());
                    drawn++;
                }
                catch (EngineException lost) when (lost.Kind == EngineErrorKind.Lost)
                {
                    refused++;
                }
                await Task.Delay(200);
            }
        }
    }
}
