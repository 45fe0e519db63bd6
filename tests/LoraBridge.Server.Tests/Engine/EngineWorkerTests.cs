using LoraBridge.Server.Engine.Host;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Tests.Engine;

public sealed class EngineWorkerTests : IDisposable
{
    private readonly EngineWorker _worker;
    private readonly SemaphoreSlim _steps = new(0);
    private readonly List<string> _order = [];
    private Func<EngineJob, EngineResult> _carryOut = _ => new UnloadResult();

    public EngineWorkerTests()
    {
        _worker = new(job => _carryOut(job));
        _worker.Start();
    }

    public void Dispose()
    {
        _worker.Dispose();
        _steps.Dispose();
    }

    [Fact]
    public async Task Job_ThatThrows_EndsWithAnErrorAndTheNextIsCarriedOut()
    {
        _carryOut = job => job.Call.Id == "bad" ? throw new ArgumentOutOfRangeException("StepCount", 0, "StepCount must be 1 or more, not 0.") : new UnloadResult();

        var bad = await LinesAsync(Job("bad"));
        var good = await LinesAsync(Job("good"));

        var error = Assert.IsType<ErrorLine>(bad[^1]);
        Assert.Equal((EngineErrorKind.InvalidRequest, "stepCount", "StepCount must be 1 or more, not 0."), (error.Kind, error.Field, error.Message));
        Assert.IsType<ResultLine>(good[^1]);
    }

    [Fact]
    public async Task Jobs_ThatWait_LearnTheirPlaceAsItMoves()
    {
        _carryOut = _ =>
        {
            _steps.Wait();
            return new UnloadResult();
        };
        using EngineJob a = Job("a"), b = Job("b"), c = Job("c");
        _worker.Add(a);
        while (_worker.Health().Running != "a") await Task.Yield();
        _worker.Add(b);
        _worker.Add(c);
        _steps.Release(3);

        Assert.Equal([2, 1, 0], (await ReadAsync(c)).OfType<QueuedLine>().Select(line => line.Place).Append(0));
        Assert.Equal([1], (await ReadAsync(b)).OfType<QueuedLine>().Select(line => line.Place));
    }

    [Fact]
    public async Task Training_ServesThoseWhoWaitBetweenItsStepsAndNotOtherTrainings()
    {
        _carryOut = job =>
        {
            lock (_order) _order.Add(job.Call.Id);
            if (job.Call.Id != "first") return new UnloadResult();
            for (var step = 0; step < 2; step++)
            {
                _steps.Wait();
                if (_worker.AreGuestsWaiting) _worker.ServeGuests();
                lock (_order) _order.Add($"step {step}");
            }
            return new UnloadResult();
        };
        using EngineJob first = Training("first"), second = Training("second"), picture = Job("picture");
        foreach (var job in (EngineJob[])[first, second, picture]) _worker.Add(job);
        while (_worker.Health() is not { Training: "first", Waiting: 2 }) await Task.Yield();
        _steps.Release(2);
        await ReadAsync(second);

        Assert.Equal(["first", "picture", "step 0", "step 1", "second"], _order);
    }

    [Fact]
    public async Task Health_OfAThreadThatStandsStill_GrowsSilentUntilItGivesASign()
    {
        using var moved = new ManualResetEventSlim();
        _carryOut = _ =>
        {
            _steps.Wait();
            _worker.GiveSign();
            moved.Set();
            _steps.Wait();
            return new UnloadResult();
        };
        using var job = Job("a");
        Assert.Equal(0, _worker.Health().SilentSeconds);
        _worker.Add(job);
        while (_worker.Health().SilentSeconds < 0.05) await Task.Delay(1);
        var before = _worker.Health().SilentSeconds;
        _steps.Release();
        moved.Wait();

        Assert.True(_worker.Health().SilentSeconds < before);
        _steps.Release();
        await ReadAsync(job);
        Assert.Null(_worker.Health().Running);
    }

    [Fact]
    public async Task Job_GivenUpWhileItWaits_IsNotCarriedOut()
    {
        _carryOut = job =>
        {
            _order.Add(job.Call.Id);
            _steps.Wait();
            return new UnloadResult();
        };
        using var gone = new CancellationTokenSource();
        using EngineJob a = Job("a"), b = new(new UnloadCall { Id = "b" }, gone.Token);
        _worker.Add(a);
        _worker.Add(b);
        await gone.CancelAsync();
        _steps.Release(2);

        Assert.Equal(EngineErrorKind.Cancelled, Assert.IsType<ErrorLine>((await ReadAsync(b))[^1]).Kind);
        Assert.Equal(["a"], _order);
    }

    [Fact]
    public async Task Find_KnowsWaitingAndRunningJobs()
    {
        _carryOut = _ =>
        {
            _steps.Wait();
            return new UnloadResult();
        };
        using EngineJob a = Training("a"), b = Job("b");
        _worker.Add(a);
        while (_worker.Health().Running is null) await Task.Yield();
        _worker.Add(b);

        Assert.Same(a, _worker.Find("a"));
        Assert.Same(b, _worker.Find("b"));
        Assert.Null(_worker.Find(null));                                        // a training is nothing to interrupt
        Assert.Null(_worker.Find("c"));
        _steps.Release(2);
        await ReadAsync(b);
    }

    private static EngineJob Job(string id) => new(new UnloadCall { Id = id }, CancellationToken.None);

    private static EngineJob Training(string id) => new(new TrainCall(new TrainingOptions()) { Id = id }, CancellationToken.None);

    private async Task<List<EngineLine>> LinesAsync(EngineJob job)
    {
        using (job)
        {
            _worker.Add(job);
            return await ReadAsync(job);
        }
    }

    private static async Task<List<EngineLine>> ReadAsync(EngineJob job)
    {
        var lines = new List<EngineLine>();
        await foreach (var line in job.Lines) lines.Add(line);
        return lines;
    }
}
