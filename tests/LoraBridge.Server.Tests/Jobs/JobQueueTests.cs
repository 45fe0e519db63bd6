using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Jobs;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class JobQueueTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("queue-").FullName;
    private readonly ConcurrentQueue<string> _done = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private JobStore _store;
    private JobRunner _runner;
    private JobQueue _queue;

    public JobQueueTests() => (_store, _runner, _queue) = Make();

    public async ValueTask DisposeAsync()
    {
        await _runner.StopAsync(CancellationToken.None);
        _runner.Dispose();
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Jobs_RunOneAfterAnotherByPriority()
    {
        Add("note", "a");
        Add("note", "b", priority: 3);
        Add("note", "c");
        await _runner.StartAsync(CancellationToken.None);
        await UntilAsync(() => _done.Count == 3);
        Assert.Equal(["b", "a", "c"], _done);
    }

    [Fact]
    public async Task AJobThatThrows_FailsWithItsReasonAndTheNextGetsItsTurn()
    {
        await _runner.StartAsync(CancellationToken.None);
        var wrong = Add("wrong", "a");
        var lost = Add("lost", "b");
        var next = Add("note", "c");
        await UntilAsync(() => _queue.Get(next).State == JobState.Finished);
        Assert.Equal((JobState.Failed, "InvalidOperationException: it broke"), (_queue.Get(wrong).State, _queue.Get(wrong).Error!.Message));
        Assert.Equal(new JobFault("NotFound", "no such file", "input"), _queue.Get(lost).Error);
        Assert.NotNull(_queue.Get(wrong).EndedAt);
    }

    [Fact]
    public async Task Pause_OfARunningJob_EndsItAndResumeGoesOn()
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("long", "a");
        await StateAsync(id, JobState.Running);
        Assert.Equal(JobState.Stopping, _queue.Pause(id).State);
        await StateAsync(id, JobState.Paused);
        Assert.Null(_queue.Get(id).Stop);
        _queue.Resume(id);
        await StateAsync(id, JobState.Running);
        Open(id);
        await StateAsync(id, JobState.Finished);
        Assert.Equal(2, _queue.Get(id).Starts);
        Assert.Equal(["queued", "running", "stopping", "paused", "queued", "running", "finished"],
            _store.Events(id, 0, 100).Where(happened => happened.Kind == "state").Select(happened => JobJson.Object(happened.Body)["state"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(nameof(JobStop.Cancel), nameof(JobState.Cancelled))]
    [InlineData(nameof(JobStop.Finish), nameof(JobState.Finished))]
    public async Task AStop_OfARunningJob_EndsItAsItSays(string how, string expected)
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("long", "a");
        await StateAsync(id, JobState.Running);
        if (how == nameof(JobStop.Cancel)) _queue.Cancel(id);
        else _queue.Finish(id);
        await StateAsync(id, Enum.Parse<JobState>(expected));
        Assert.NotNull(_queue.Get(id).EndedAt);
    }

    [Fact]
    public async Task Cancel_AfterPause_GoesBeforeIt()
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("stubborn", "a");
        await StateAsync(id, JobState.Running);
        _queue.Pause(id);
        _queue.Cancel(id);
        Open(id);
        await StateAsync(id, JobState.Cancelled);
    }

    [Fact]
    public void Verbs_OfAWaitingJob_ChangeItAtOnce()
    {
        var id = Add("note", "a");
        Assert.Equal(JobState.Paused, _queue.Pause(id).State);
        Assert.Equal(JobState.Queued, _queue.Resume(id).State);
        Assert.Equal(JobState.Cancelled, _queue.Cancel(id).State);
        Assert.Equal(409, Assert.Throws<JobException>(() => _queue.Pause(id)).Status);
        Assert.Equal(409, Assert.Throws<JobException>(() => _queue.Finish(id)).Status);
        Assert.Equal(404, Assert.Throws<JobException>(() => _queue.Pause("job-nobody")).Status);
        _queue.Delete(id, withFiles: true);
        Assert.Equal(404, Assert.Throws<JobException>(() => _queue.Get(id)).Status);
    }

    [Fact]
    public async Task Finish_OfAKindWithoutHalfResults_IsRefused()
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("stubborn", "a");
        await StateAsync(id, JobState.Running);
        Assert.Equal(409, Assert.Throws<JobException>(() => _queue.Finish(id)).Status);
        Assert.Equal(409, Assert.Throws<JobException>(() => _queue.Delete(id, withFiles: false)).Status);
        Open(id);
        await StateAsync(id, JobState.Finished);
    }

    [Fact]
    public async Task TheServersEnd_LeavesAJobRunningAndTheNextServerGoesOnWithItFirst()
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("long", "a", priority: -5);
        await StateAsync(id, JobState.Running);
        var other = Add("note", "b", priority: 5);
        await Restart();
        Assert.Equal(JobState.Running, _queue.Get(id).State);
        await _runner.StartAsync(CancellationToken.None);
        await UntilAsync(() => _queue.Get(id) is { State: JobState.Running, Starts: 2 });
        Assert.Equal(JobState.Queued, _queue.Get(other).State);
        Open(id);
        await StateAsync(other, JobState.Finished);
        Assert.Equal(JobState.Finished, _queue.Get(id).State);
        Assert.Equal(1, _queue.Get(id).Position);
    }

    [Fact]
    public async Task ACrash_LeavesEveryJobAsItsWishesSay()
    {
        var states = new (string Id, JobState State, JobStop? Stop, bool GoesOn, JobState Expected)[]
        {
            ("a", JobState.Stopping, JobStop.Cancel, true, JobState.Cancelled),
            ("b", JobState.Stopping, JobStop.Pause, true, JobState.Paused),
            ("c", JobState.Running, null, false, JobState.Paused),
            ("d", JobState.Paused, null, true, JobState.Paused),
            ("e", JobState.Stopping, JobStop.Finish, true, JobState.Finished),
            ("f", JobState.Failed, null, true, JobState.Failed),
        };
        _store.Add([.. states.Select(job => new Job { Id = job.Id, Kind = "long", Request = "{}", State = job.State, Stop = job.Stop, GoesOn = job.GoesOn })]);
        await _runner.StartAsync(CancellationToken.None);
        await StateAsync("e", JobState.Finished);
        Assert.All(states, job => Assert.Equal(job.Expected, _queue.Get(job.Id).State));
        Assert.Contains(_store.Events("c", 0, 10), happened => happened.Kind == "warning");
    }

    [Fact]
    public async Task AServerThatHoldsJobs_PausesWhatItFinds()
    {
        _store.Add([.. new[] { JobState.Running, JobState.Queued, JobState.Stopping, JobState.Finished }.Select((state, i) => new Job { Id = $"{i}", Kind = "note", Request = "{}", State = state })]);
        using var runner = new JobRunner(_store, new([]), new(_folder), TimeProvider.System, NullLogger<JobRunner>.Instance) { HoldsJobs = true };
        await runner.StartAsync(CancellationToken.None);
        await runner.StopAsync(CancellationToken.None);
        Assert.Equal([JobState.Paused, JobState.Paused, JobState.Paused, JobState.Finished], Enumerable.Range(0, 4).Select(i => _queue.Get($"{i}").State));
        Assert.Empty(_done);
    }

    [Fact]
    public void Add_ARequestWithSomethingToKnow_SaysItAndWritesItDown()
    {
        var added = _queue.Add(new() { Kind = "doubtful" });
        Assert.Equal(["this will take long"], added.Warnings);
        Assert.Equal(["state", "warning"], _store.Events(added.Jobs[0].Id, 0, 10).Select(happened => happened.Kind));
    }

    [Fact]
    public async Task AQueueThatCannotBeWritten_GoesOnWhenItCan()
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("long", "a");
        await StateAsync(id, JobState.Running);
        using (var other = new SqliteConnection($"Data Source={Path.Combine(_folder, "jobs", "jobs.sqlite")};Pooling=False"))
        {
            other.Open();
            JobSchema.Execute(other, "create trigger full before update on job when new.state in ('finished', 'failed') begin select raise(abort, 'the disk is full'); end");
            Open(id);
            await UntilAsync(() => _queue.Get(id).Starts >= 3);
            JobSchema.Execute(other, "drop trigger full");
        }
        await StateAsync(id, JobState.Finished);
        Assert.Contains(_store.Events(id, 0, 1000), happened => happened.Kind == "warning" && happened.Body.Contains("could not be written", StringComparison.Ordinal));
        await StateAsync(Add("note", "b"), JobState.Finished);
    }

    [Fact]
    public void Add_ASweep_MakesAJobOfEveryCombination()
    {
        var added = _queue.Add(new()
        {
            Kind = "note",
            Name = "cat",
            Request = new() { ["fixed"] = true },
            Sweep = new Dictionary<string, JsonArray> { ["rank"] = [4, 8], ["rate"] = [0.1, "auto", null] },
        });
        Assert.Equal(["cat rank=4 rate=0.1", "cat rank=4 rate=auto", "cat rank=4 rate=none", "cat rank=8 rate=0.1", "cat rank=8 rate=auto", "cat rank=8 rate=none"], added.Jobs.Select(job => job.Name));
        Assert.Single(added.Jobs.Select(job => job.Group).Distinct());
        Assert.Equal("""{"fixed":true,"rank":8,"rate":"auto"}""", added.Jobs[4].Request);
        var nested = _queue.Add(new() { Kind = "note", Request = new() { ["options"] = new JsonObject { ["type"] = "f16" } }, Sweep = new Dictionary<string, JsonArray> { ["options.rank"] = [4, 8] } });
        Assert.Equal("""{"options":{"type":"f16","rank":8}}""", nested.Jobs[1].Request);
        Assert.Throws<JobException>(() => _queue.Add(new() { Kind = "note", Sweep = new Dictionary<string, JsonArray> { ["rank"] = [] } }));
        Assert.Throws<JobException>(() => _queue.Add(new() { Kind = "nothing" }));
    }

    [Fact]
    public async Task Clone_AndExtend_AskForMore()
    {
        await _runner.StartAsync(CancellationToken.None);
        var id = Add("note", "a");
        await StateAsync(id, JobState.Finished);
        var copy = _queue.Clone(id, new() { Request = new() { ["name"] = "b" }, Name = "copy", Paused = true }).Jobs[0];
        Assert.Equal(("""{"name":"b"}""", "copy", JobState.Paused), (copy.Request, copy.Name, copy.State));
        var merged = _queue.Clone(_queue.Add(new() { Kind = "note", Paused = true, Request = JobJson.Object("""{"settings":{"rank":4,"rate":1},"preset":"x"}""") }).Jobs[0].Id,
            new() { Request = JobJson.Object("""{"settings":{"rank":8},"preset":null}"""), Paused = true }).Jobs[0];
        Assert.Equal("""{"settings":{"rank":8,"rate":1}}""", merged.Request);
        _queue.Extend(id, new(3, null));
        await UntilAsync(() => _queue.Get(id) is { State: JobState.Finished, Starts: 2 });
        Assert.Equal(["a", "a+3"], _done);
        Assert.Throws<JobException>(() => _queue.Extend(id, new(3, 3)));
        Assert.Throws<JobException>(() => _queue.Extend(Add("wrong", "x"), new(3, null)));
    }

    private string Add(string kind, string name, int priority = 0) => _queue.Add(new() { Kind = kind, Name = name, Priority = priority, Request = new() { ["name"] = name } }).Jobs[0].Id;

    private void Open(string id) => Gate(id).TrySetResult();

    private TaskCompletionSource Gate(string id) => _gates.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task Restart()
    {
        var (runner, store) = (_runner, _store);
        await runner.StopAsync(CancellationToken.None);
        runner.Dispose();
        store.Dispose();
        (_store, _runner, _queue) = Make();
    }

    private (JobStore Store, JobRunner Runner, JobQueue Queue) Make()
    {
        var data = new DataFolder(_folder);
        var store = JobStore.Open(data.Jobs, TimeProvider.System);
        var kinds = new JobKinds(
        [
            new("note")
            {
                RunAsync = run =>
                {
                    _done.Enqueue(run.Request["name"]?.ToString() ?? "");
                    return Task.FromResult(new JobOutcome(true));
                },
                Extend = (draft, more) =>
                {
                    draft.Request["name"] = $"{draft.Request["name"]}+{more.Epochs}";
                    return new(draft.Request, []);
                },
            },
            new("wrong") { RunAsync = _ => throw new InvalidOperationException("it broke") },
            new("lost") { RunAsync = _ => throw new EngineException(EngineErrorKind.NotFound, "no such file", "input") },
            new("long")
            {
                CanFinish = true,
                RunAsync = async run =>
                {
                    var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    await using var end = run.Ending.Register(() => ending.TrySetResult());
                    await Task.WhenAny(Gate(run.Job.Id).Task, ending.Task);
                    if (run.Stop == JobStop.Cancel) throw new OperationCanceledException();
                    return new(Gate(run.Job.Id).Task.IsCompleted || run.Stop == JobStop.Finish);
                },
            },
            new("doubtful") { Check = draft => new(draft.Request, ["this will take long"]), RunAsync = _ => Task.FromResult(new JobOutcome(true)) },
            new("stubborn")
            {
                RunAsync = async run =>
                {
                    await Gate(run.Job.Id).Task;
                    run.Ending.ThrowIfCancellationRequested();
                    return new(true);
                },
            },
        ]);
        var runner = new JobRunner(store, kinds, data, new ImpatientClock(), NullLogger<JobRunner>.Instance);
        return (store, runner, new(store, kinds, runner, data));
    }

    private Task StateAsync(string id, JobState state) => UntilAsync(() => _queue.Get(id).State == state);

    private async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var changed = _store.Changed;
            if (isSo()) return;
            await Task.WhenAny(changed, Task.Delay(20, limit.Token));
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
