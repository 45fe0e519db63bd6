using LoraBridge.Server.Jobs;
using LoraBridge.Server.Tests.Commands;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class JobStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jobs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Add_AJobWithEverything_ComesBackAsItWas()
    {
        var job = NewJob("a") with
        {
            Name = "Ünï",
            Group = "g",
            State = JobState.Failed,
            Stop = JobStop.Cancel,
            Priority = -3,
            GoesOn = false,
            StartedAt = Time(5),
            EndedAt = Time(9),
            Starts = 2,
            Progress = 0.25,
            Stage = "step 3",
            Error = new("Lost", "gone", "field"),
            Result = """{"x":1}""",
        };
        Job added;
        using (var store = Open()) added = store.Add([job])[0];
        using var again = Open();
        Assert.Equal(added, again.Find("a"));
        Assert.Equal(job with { Position = 1, CreatedAt = added.CreatedAt }, added);
        Assert.Null(again.Find("b"));
    }

    [Fact]
    public void List_TheQueue_GoesByPriorityThenPlace()
    {
        using var store = Open();
        store.Add([NewJob("low") with { Priority = -1 }, NewJob("first"), NewJob("second"), NewJob("high") with { Priority = 5 }, NewJob("done") with { State = JobState.Finished }, NewJob("busy") with { State = JobState.Running }]);
        Assert.Equal(["busy", "high", "first", "second", "low", "done"], store.List().Select(job => job.Id));
        Assert.Equal(["high", "first"], store.List(new() { States = [JobState.Queued], Limit = 2 }).Select(job => job.Id));
        Assert.Equal(["done", "busy"], store.List(new() { States = [JobState.Running, JobState.Finished] }).Select(job => job.Id).Reverse());

        // what was in work when a server ended goes before every priority
        store.Change("low", job => job with { Position = 0 });
        Assert.Equal("low", store.List(new() { States = [JobState.Queued] })[0].Id);
    }

    [Fact]
    public void Move_BeforeAnother_TakesItsPriority()
    {
        using var store = Open();
        store.Add([NewJob("a"), NewJob("b"), NewJob("c") with { Priority = 2 }, NewJob("d")]);
        Assert.True(store.Move("d", "a"));
        Assert.Equal(["c", "d", "a", "b"], Ids());
        Assert.True(store.Move("b", "c"));
        Assert.Equal(["b", "c", "d", "a"], Ids());
        Assert.Equal(2, store.Find("b")!.Priority);
        Assert.True(store.Move("d", null));
        Assert.Equal(["b", "c", "a", "d"], Ids());
        Assert.False(store.Move("d", "nobody"));

        IEnumerable<string> Ids() => store.List().Select(job => job.Id);
    }

    [Fact]
    public void Change_ThatThrows_LeavesEverythingAsItWas()
    {
        using var store = Open();
        store.Add([NewJob("a")]);
        Assert.Throws<InvalidOperationException>(() => store.Append("a", "step", "{}", _ => throw new InvalidOperationException()));
        Assert.Equal(["state"], store.Events("a", 0, 100).Select(happened => happened.Kind));
        Assert.Equal(2, store.Append("a", "step", "{}"));
        Assert.Null(store.Change("b", job => job));
        Assert.Equal(0, store.Append("b", "step", "{}"));
    }

    [Fact]
    public void Change_OfTheState_IsAnEventAndWakesListeners()
    {
        using var store = Open();
        store.Add([NewJob("a")]);
        var changed = store.Changed;
        Assert.False(changed.IsCompleted);
        store.Change("a", job => job with { State = JobState.Failed, Error = new("Lost", "it is gone") });
        Assert.True(changed.IsCompleted);
        store.Change("a", job => job with { Progress = 0.5 });
        var events = store.Events("a", 0, 100);
        Assert.Equal([1L, 2], events.Select(happened => happened.Number));
        Assert.Equal("""{"state":"failed","error":{"kind":"Lost","message":"it is gone"}}""", events[1].Body);
    }

    [Fact]
    public void Append_ThousandsOfSteps_KeepsTheLastAndAllThatIsRare()
    {
        using var store = Open(kept: 100);
        store.Add([NewJob("a")]);
        store.Append("a", "file", "{}");
        for (var i = 0; i < 1500; i++) store.Append("a", "step", "{}");
        var events = store.Events("a", 0, 10_000);
        Assert.Equal(["state", "file"], events.Take(2).Select(happened => happened.Kind));
        Assert.InRange(events.Count, 100, 700);
        Assert.Equal(1502, events[^1].Number);
    }

    [Fact]
    public void Delete_TakesTheEventsAlong()
    {
        using var store = Open();
        store.Add([NewJob("a"), NewJob("b")]);
        Assert.Throws<InvalidOperationException>(() => store.Delete("a", _ => throw new InvalidOperationException()));
        Assert.True(store.Delete("a"));
        Assert.False(store.Delete("a"));
        Assert.Empty(store.Events("a", 0, 10));
        Assert.Single(store.Events("b", 0, 10));
    }

    [Fact]
    public void Open_WhatAnotherHasOpen_SaysSo()
    {
        using var store = Open();
        var error = Assert.Throws<IOException>(() => Open());
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OnTheDataFolderOfAnotherServer_SaysSoAndEnds()
    {
        using var server = await ServerProcess.StartAsync(_folder);
        var run = await CommandRun.OfAsync("serve", "--port", "0", "--data", _folder);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("another LoraBridge", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhatANewerOneWrote_SaysSoAndChangesNothing()
    {
        Open().Dispose();
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "jobs.sqlite")};Pooling=False"))
        {
            connection.Open();
            JobSchema.Execute(connection, $"insert into schema (version) values ({JobSchema.Version + 1})");
        }
        Assert.Contains("newer LoraBridge", Assert.Throws<InvalidDataException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Contains("newer LoraBridge", Assert.Throws<InvalidDataException>(() => Open()).Message, StringComparison.Ordinal); // and lets go of what it claimed
    }

    /// <summary>A server is killed while it adds sweeps: what it said yes to is there, and of no sweep there is a part.</summary>
    [Fact]
    public async Task AKillInTheMiddleOfWriting_LeavesNothingHalf()
    {
        var file = Path.Combine(_folder, "a.safetensors");
        await File.WriteAllTextAsync(file, "");
        var acknowledged = new List<string>();
        for (var round = 0; round < 2; round++)
        {
            using var server = await ServerProcess.StartAsync(_folder);
            var senders = Enumerable.Range(0, 3).Select(_ => SendAsync(server)).ToList();
            while (Count() < 15 * (round + 1) && !senders.Exists(sender => sender.IsCompleted)) await Task.Delay(5);
            server.Kill();
            await Task.WhenAll(senders);
        }
        using var store = JobStore.Open(new DataFolder(_folder).Jobs, TimeProvider.System);
        var jobs = store.List(new() { Limit = 100_000 });
        Assert.Empty(acknowledged.Except(jobs.Select(job => job.Id)));
        Assert.All(jobs.GroupBy(job => job.Group), sweep => Assert.Equal(7, sweep.Count()));
        Assert.Equal(jobs.Count, jobs.Select(job => job.Position).Distinct().Count());
        Assert.All(jobs, job => Assert.Single(store.Events(job.Id, 0, 10)));

        int Count()
        {
            lock (acknowledged) return acknowledged.Count;
        }

        async Task SendAsync(ServerProcess server)
        {
            try
            {
                while (true)
                {
                    var added = await server.PostAsync("/lorabridge/v1/jobs", $$$"""{"kind":"convert","paused":true,"request":{"input":"{{{file}}}"},"sweep":{"output":["1.safetensors","2.safetensors","3.safetensors","4.safetensors","5.safetensors","6.safetensors","7.safetensors"]}}""");
                    lock (acknowledged) acknowledged.AddRange(added["jobs"]!.AsArray().Select(job => job!["id"]!.GetValue<string>()));
                }
            }
            catch (HttpRequestException)
            {
                // it was killed
            }
        }
    }

    private static DateTimeOffset Time(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static Job NewJob(string id) => new() { Id = id, Kind = "test", Request = "{}" };

    private JobStore Open(int? kept = null) => kept is { } most ? JobStore.Open(_folder, TimeProvider.System, most) : JobStore.Open(_folder, TimeProvider.System);
}
