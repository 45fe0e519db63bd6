using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;

namespace LoraBridge.Server.Engine;

/// <summary>
/// What the server has of torch: calls that an engine carries out one after another. An engine is started when one is needed; a call
/// whose engine was lost is made once more, a training goes on from what it saved.
/// </summary>
internal sealed class EngineClient(EngineProcess process, EngineMeter? meter = null)
{
    private const int MostLossesWithoutAStep = 3;

    /// <summary>The trainings that are listened to, each with the end that was asked for: an engine that comes later must hear of it too.</summary>
    private readonly ConcurrentDictionary<string, TrainingStop?> _trainings = new();

    /// <summary>Makes room for a call before it is made; the result is disposed after it. Null for none.</summary>
    public Func<EngineCall, CancellationToken, Task<IDisposable?>> MakeRoomAsync { get; init; } = (_, _) => Task.FromResult<IDisposable?>(null);

    /// <summary>Makes pictures.</summary>
    /// <param name="call">Which.</param>
    /// <param name="progress">Told of waiting, loading and every step.</param>
    /// <param name="cancel">Gives the call up between two steps.</param>
    /// <exception cref="EngineException">It failed; its kind says how.</exception>
    public Task<GenerateResult> GenerateAsync(GenerateCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Draws blends beside one another.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<PreviewResult> PreviewAsync(PreviewCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Bakes a blend of adapters into one file.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<BakeDone> BakeAsync(BakeCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Gives an adapter other ranks.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<BakeDone> ResizeAsync(ResizeCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Makes the adapter that turns one checkpoint into another.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<ExtractDone> ExtractAsync(ExtractCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Writes an adapter in another spelling, type or with other remarks.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<ConvertDone> ConvertAsync(ConvertCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Says what memory and time a training will take.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<PreflightResult> PreflightAsync(PreflightCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>Loads a checkpoint before it is asked for, in a new engine where none runs.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<LoadResult> ReloadAsync(LoadCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>
    /// Trains. The events end with <see cref="TrainingEnded"/>; an engine that is lost on the way gives <see cref="TrainingRestarted"/> and the events of the
    /// steps after the last saved state once more.
    /// </summary>
    /// <param name="call">The run.</param>
    /// <param name="cancel">Pauses the run as <see cref="TrainingStop.Pause"/> does; the events go on until it has ended. Before an engine is there it gives the call up.</param>
    /// <exception cref="EngineException">It failed; its kind says how.</exception>
    public async IAsyncEnumerable<TrainingEvent> TrainAsync(TrainCall call, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (!_trainings.TryAdd(call.Id, null)) throw new ArgumentException($"A training of the id {call.Id} runs already.", nameof(call));
        using var ended = new Leaving(() => _trainings.TryRemove(call.Id, out _));
        await using var pause = cancel.Register(() => _ = StopTrainingAsync(call.Id, TrainingStop.Pause, CancellationToken.None));
        using var room = await MakeRoomAsync(call, cancel).ConfigureAwait(false);
        var (losses, stepAt) = (0, 0L);
        var isSaved = false;
        while (true)
        {
            // the first step of a run comes after its first saved state: until there was one, what lies in the folder may be another run's
            var asked = isSaved ? call with { Options = call.Options with { Loop = call.Options.Loop with { Resume = "latest" } } } : call;
            using var use = await process.UseAsync(cancel).ConfigureAwait(false);
            await foreach (var line in EngineAnswer.ReadAsync(use.Engine, asked, CancellationToken.None).ConfigureAwait(false))
            {
                switch (line)
                {
                    case QueuedLine queued:
                        if (_trainings[call.Id] is { } stop) await PostStopAsync(call.Id, stop, CancellationToken.None).ConfigureAwait(false);
                        yield return new TrainingQueued(queued.Place, queued.ExpectedSeconds);
                        break;
                    case EventLine { Event: var happened }:
                        if (happened is TrainingStepDone)
                        {
                            (isSaved, losses) = (true, 0);
                            process.Succeeded();
                            stepAt = meter?.Step(stepAt) ?? 0;
                        }
                        yield return happened;
                        break;
                    case ErrorLine error:
                        throw new EngineException(error.Kind, error.Message, error.Field) { Adapter = error.Adapter };
                    case ResultLine { Result: TrainResult result }:
                        process.Succeeded();
                        yield return new TrainingEnded(result.Training);
                        yield break;
                }
            }
            await use.Engine.EndedSoonAsync().ConfigureAwait(false);
            if (_trainings[call.Id] is not null)
                throw new EngineException(EngineErrorKind.Cancelled, $"{Sentence(use.Engine)} The training was to be stopped anyway: what it saved last is there to go on from.");
            if (++losses >= MostLossesWithoutAStep)
                throw new EngineException(EngineErrorKind.Lost, $"The training was given up after {losses} engines in a row ended before a step was done: {use.Engine.Obituary}");
            stepAt = 0;
            yield return new TrainingRestarted(Sentence(use.Engine));
        }
    }

    /// <summary>Ends a training before its last step; its events say when it has.</summary>
    /// <returns>Whether there is such a training.</returns>
    public async Task<bool> StopTrainingAsync(string id, TrainingStop how, CancellationToken cancel = default)
    {
        if (!_trainings.TryGetValue(id, out var before)) return false;
        _trainings.TryUpdate(id, how, before);
        await PostStopAsync(id, how, cancel).ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends the making of pictures after the step in work; the call gives what there is by then.</summary>
    /// <param name="id">The call's id; null for the one in work.</param>
    /// <param name="cancel">Gives up asking.</param>
    /// <returns>Whether there is such a call.</returns>
    public Task<bool> InterruptAsync(string? id = null, CancellationToken cancel = default) => PostAsync("/calls/interrupt" + Query(id), cancel);

    /// <summary>Ends the batch in work after its step; the call goes on with the next.</summary>
    /// <inheritdoc cref="InterruptAsync"/>
    public Task<bool> SkipAsync(string? id = null, CancellationToken cancel = default) => PostAsync("/calls/skip" + Query(id), cancel);

    /// <summary>What memory the engine takes. Starts none.</summary>
    public async Task<EngineMemory> MemoryAsync(CancellationToken cancel = default) => await GetAsync<EngineMemory>("/memory", cancel).ConfigureAwait(false) ?? EngineMemory.None;

    /// <summary>How the engine is; null where none runs. Starts none.</summary>
    public Task<EngineHealth?> HealthAsync(CancellationToken cancel = default) => GetAsync<EngineHealth>("/health", cancel);

    /// <summary>Gives memory back: an idle engine is ended; one that is in use gives up the models that no training needs.</summary>
    /// <exception cref="EngineException">It failed; its kind says how.</exception>
    public async Task UnloadAsync(CancellationToken cancel = default)
    {
        if (await process.DismissAsync(cancel).ConfigureAwait(false)) return;
        await RunAsync(new UnloadCall(), null, cancel).ConfigureAwait(false);
    }

    private Task<TResult> RunAsync<TResult>(EngineCall<TResult> call, IProgress<EngineProgress>? progress, CancellationToken cancel) where TResult : EngineResult =>
        meter is null ? CarryOutAsync(call, progress, cancel) : meter.MeasureAsync(call, () => CarryOutAsync(call, progress, cancel));

    private async Task<TResult> CarryOutAsync<TResult>(EngineCall<TResult> call, IProgress<EngineProgress>? progress, CancellationToken cancel) where TResult : EngineResult
    {
        using var room = await MakeRoomAsync(call, cancel).ConfigureAwait(false);
        for (var isSecond = false; ; isSecond = true)
        {
            using var use = await process.UseAsync(cancel).ConfigureAwait(false);
            if (await TryAsync(use.Engine, call, progress, cancel).ConfigureAwait(false) is { } result) return result;
            await use.Engine.EndedSoonAsync().ConfigureAwait(false);
            if (use.Engine.End == EngineEnd.Hung)
                throw new EngineException(EngineErrorKind.Hung, $"The engine stood still for more than {process.Settings.SilenceLimit.TotalSeconds:0.#} s and was ended; the next request starts a new one. If the machine is only slow, raise --engine-timeout.");
            if (isSecond)
                throw new EngineException(EngineErrorKind.Lost, $"{Sentence(use.Engine)} The request was tried twice; a smaller picture may take less memory.");
        }
    }

    /// <summary>The result; null where the engine was lost.</summary>
    private async Task<TResult?> TryAsync<TResult>(RunningEngine engine, EngineCall<TResult> call, IProgress<EngineProgress>? progress, CancellationToken cancel) where TResult : EngineResult
    {
        await foreach (var line in EngineAnswer.ReadAsync(engine, call, cancel).ConfigureAwait(false))
        {
            switch (line)
            {
                case QueuedLine queued:
                    progress?.Report(new(EngineStage.Queued, 0) { Place = queued.Place, ExpectedSeconds = queued.ExpectedSeconds });
                    break;
                case ProgressLine at:
                    progress?.Report(at.Progress);
                    break;
                case ErrorLine error:
                    throw new EngineException(error.Kind, error.Message, error.Field) { Adapter = error.Adapter };
                case ResultLine { Result: TResult result }:
                    process.Succeeded();
                    return result;
            }
        }
        return null;
    }

    private Task<bool> PostStopAsync(string id, TrainingStop how, CancellationToken cancel) => PostAsync($"/calls/stop?id={Uri.EscapeDataString(id)}&how={how}", cancel);

    private async Task<bool> PostAsync(string path, CancellationToken cancel)
    {
        if (process.Current is not { } engine) return false;
        try
        {
            using var answer = await engine.Http.PostAsync(new Uri(path, UriKind.Relative), null, cancel).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception gone) when (EngineAnswer.IsLoss(gone, cancel))
        {
            return false;
        }
    }

    private async Task<T?> GetAsync<T>(string path, CancellationToken cancel) where T : class
    {
        if (process.Current is not { } engine) return null;
        try
        {
            return await engine.Http.GetFromJsonAsync<T>(new Uri(path, UriKind.Relative), EngineJson.Options, cancel).ConfigureAwait(false);
        }
        catch (Exception gone) when (EngineAnswer.IsLoss(gone, cancel))
        {
            return null;
        }
    }

    private static string Sentence(RunningEngine engine) => char.ToUpperInvariant(engine.Obituary[0]) + engine.Obituary[1..].TrimEnd('.') + ".";

    private static string Query(string? id) => id is null ? "" : "?id=" + Uri.EscapeDataString(id);

    private sealed class Leaving(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
