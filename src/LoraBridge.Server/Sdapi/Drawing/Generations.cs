using System.Globalization;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>The jobs of this API: one at a time, with a state that can be looked at and flags that end them.</summary>
internal sealed class Generations(EngineCalls engine, TimeProvider time)
{
    private readonly Lock _lock = new();
    private JobState _state = JobState.Idle;
    private string? _drawing;

    /// <summary>Who waits and who runs.</summary>
    public JobQueue Queue { get; } = new();

    /// <summary>How the job in work is, or the last one was.</summary>
    public JobState State
    {
        get
        {
            lock (_lock) return _state;
        }
    }

    /// <summary>How long the present job has taken.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(State.Start);

    /// <summary>Does a job once those before it are done; its flags and its state are new.</summary>
    /// <param name="id">The task's id.</param>
    /// <param name="name">What the state says is done.</param>
    /// <param name="work">What to do.</param>
    /// <param name="cancel">Gives up its place among those that wait.</param>
    public Task<T> RunAsync<T>(string id, string name, Func<Task<T>> work, CancellationToken cancel = default) => Queue.RunAsync(id, async () =>
    {
        Change(_ => new JobState { Job = name, JobCount = -1, JobTimestamp = time.GetLocalNow().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture), Start = time.GetTimestamp() });
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            Change(state => state with { Job = "", JobCount = 0, Preview = null, Text = null });
        }
    }, cancel);

    /// <summary>Draws as a part of the job in work; a job that was told to end draws nothing more.</summary>
    /// <param name="call">What to draw.</param>
    /// <param name="part">Which part of the job this is, from 0.</param>
    /// <param name="parts">How many parts the job has.</param>
    /// <param name="cancel">Gives it up.</param>
    public async Task<GenerateResult> DrawAsync(GenerateCall call, int part = 0, int parts = 1, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_state.Interrupted) return new([], [], []) { WasInterrupted = true };
            _drawing = call.Id;
        }
        try
        {
            return await engine.DrawAsync(call, new Progress(this, part, parts), cancel).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _drawing = null;
        }
    }

    /// <summary>Ends the job in work after its step; with none in work it does nothing.</summary>
    public Task InterruptAsync() => TellAsync(state => state with { Interrupted = true }, engine.InterruptAsync);

    /// <summary>Ends the batch in work after its step.</summary>
    public Task SkipAsync() => TellAsync(state => state with { Skipped = true }, engine.SkipAsync);

    /// <summary>Loads a checkpoint when no job is in work.</summary>
    public Task LoadAsync(ModelChoice model, CancellationToken cancel) =>
        Queue.RunAsync<object?>(null, async () =>
        {
            await engine.LoadAsync(new(model), cancel).ConfigureAwait(false);
            return null;
        }, cancel);

    /// <summary>Gives the engine's memory back when no job is in work.</summary>
    public Task UnloadAsync(CancellationToken cancel) =>
        Queue.RunAsync<object?>(null, async () =>
        {
            await engine.UnloadAsync(cancel).ConfigureAwait(false);
            return null;
        }, cancel);

    /// <summary>What memory is in use.</summary>
    public Task<EngineMemory> MemoryAsync(CancellationToken cancel) => engine.MemoryAsync(cancel);

    private async Task TellAsync(Func<JobState, JobState> flag, Func<string, Task> tell)
    {
        string? drawing;
        lock (_lock)
        {
            _state = flag(_state);
            drawing = _drawing;
        }
        if (drawing is not null) await tell(drawing).ConfigureAwait(false);
    }

    private void Change(Func<JobState, JobState> change)
    {
        lock (_lock) _state = change(_state);
    }

    /// <summary>Takes the engine's numbers over, those of a part as a part of the whole.</summary>
    private sealed class Progress(Generations generations, int part, int parts) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) => generations.Change(state => state.Job.Length == 0 ? state : state with
        {
            Job = value.Passes > 1 && parts == 1 ? $"Batch {Math.Min(value.Pass + 1, value.Passes)} out of {value.Passes}" : state.Job,
            JobCount = Math.Max(1, value.Passes) * parts,
            JobNo = (part * Math.Max(1, value.Passes)) + value.Pass,
            SamplingStep = value.Step,
            SamplingSteps = value.Steps,
            Skipped = state.Skipped && value.Pass <= state.JobNo,                // of a batch that is over
            Preview = value.Preview ?? state.Preview,
            PreviewId = value.Preview is null ? state.PreviewId : state.PreviewId + 1,
            Text = value.Stage switch { EngineStage.Queued => "Waiting for the device...", EngineStage.Loading => "Loading the checkpoint...", _ => null },
        });
    }
}
