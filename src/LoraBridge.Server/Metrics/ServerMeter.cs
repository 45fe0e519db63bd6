using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Logs;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Status;
using Microsoft.Data.Sqlite;
using JobState = LoraBridge.Server.Jobs.JobState;

namespace LoraBridge.Server.Metrics;

/// <summary>The server's instruments that are asked when somebody looks: jobs, queues, the engine, memory.</summary>
internal sealed class ServerMeter
{
    private readonly EngineClient _client;
    private (EngineHealth? Health, EngineMemory Memory) _engine = (null, EngineMemory.None);

    public ServerMeter(IMeterFactory meters, ServerClock clock, JobStore jobs, Generations generations, EngineProcess engine, EngineClient client, DataFolder data, LogStore logs)
    {
        _client = client;
        var meter = meters.Create("LoraBridge");
        var torch = TorchSupply.Read();
        meter.CreateObservableGauge("lorabridge.build.info", () => new Measurement<int>(1, Label("version", StatusApi.ServerVersion), Label("dotnet", RuntimeInformation.FrameworkDescription), Label("torch", $"{torch.Supply} {torch.Version}".Trim())), null, "What runs here; always 1");
        meter.CreateObservableGauge("lorabridge.uptime", () => clock.Uptime.TotalSeconds, "s", "Seconds since the server's start");
        meter.CreateObservableGauge("lorabridge.process.memory", () => Environment.WorkingSet, "By", "Main memory of the server's own process");
        meter.CreateObservableGauge("lorabridge.managed.memory", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory of the server's objects");
        meter.CreateObservableGauge("lorabridge.disk.free", () => MachineFacts.FreeBytes(data.Path) ?? 0, "By", "Free space on the disk of the data folder");
        meter.CreateObservableGauge("lorabridge.jobs", () => Jobs(jobs), null, "Jobs by kind and state");
        meter.CreateObservableGauge("lorabridge.queue.length", () => Queues(jobs, generations), null, "What waits: jobs, requests of the WebUI's API, calls of the engine");
        meter.CreateObservableGauge("lorabridge.engine.running", () => engine.Current is null ? 0 : 1, null, "Whether there is a process that holds torch");
        meter.CreateObservableCounter("lorabridge.engine.starts", () => engine.Starts, null, "Engines that were started");
        meter.CreateObservableCounter("lorabridge.engine.losses", () => engine.Losses, null, "Engines that ended though nobody had ended them, and were started again when they were needed");
        meter.CreateObservableGauge("lorabridge.engine.memory", () => _engine.Memory.ProcessBytes, "By", "Main memory of the engine's process");
        meter.CreateObservableGauge("lorabridge.engine.models", () => _engine.Memory.Models.Count, null, "Checkpoints in memory");
        meter.CreateObservableGauge("lorabridge.engine.models.memory", () => _engine.Memory.Models.Sum(model => model.Bytes), "By", "Memory of the checkpoints' weights");
        meter.CreateObservableGauge("lorabridge.engine.silence", () => _engine.Health?.SilentSeconds ?? 0, "s", "Since when the engine gave no sign of life in the middle of a call");
        meter.CreateObservableGauge("lorabridge.device.memory", Device, "By", "The device's memory; absent on a CPU");
        meter.CreateObservableCounter("lorabridge.log.dropped", () => logs.Dropped, null, "Log entries that are in no file");
        var entries = meter.CreateCounter<long>("lorabridge.log.entries", null, "Log entries by level");
        logs.Heard = level => entries.Add(1, Label("level", level));
    }

    /// <summary>Asks the engine, so that what follows tells of now; an engine that does not answer at once is told of as it was.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            _engine = (await _client.HealthAsync(limit.Token).ConfigureAwait(false), await _client.MemoryAsync(limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // too busy to say
        }
    }

    private static IEnumerable<Measurement<int>> Jobs(JobStore jobs) =>
        [.. Counts(jobs).Select(count => new Measurement<int>(count.Count, Label("kind", count.Kind), Label("state", JobRows.NameOf(count.State))))];

    private static IReadOnlyList<JobCount> Counts(JobStore jobs)
    {
        try
        {
            return jobs.Counts();
        }
        catch (SqliteException)
        {
            return [];                                                          // health tells of it
        }
    }

    private IEnumerable<Measurement<int>> Queues(JobStore jobs, Generations generations)
    {
        yield return new(Counts(jobs).Where(count => count.State == JobState.Queued).Sum(count => count.Count), Label("queue", "jobs"));
        yield return new(generations.Queue.Pending.Count, Label("queue", "webui"));
        yield return new(_engine.Health?.Waiting ?? 0, Label("queue", "engine"));
    }

    private IEnumerable<Measurement<long>> Device()
    {
        if (_engine.Memory.Device is not { } device) yield break;
        foreach (var (kind, bytes) in new[] { ("allocated", device.Allocated), ("reserved", device.Reserved), ("free", device.Free), ("total", device.Total) })
            if (bytes is { } known) yield return new(known, Label("device", device.Device), Label("kind", kind));
    }

    private static KeyValuePair<string, object?> Label(string name, object? value) => new(name, value);
}
