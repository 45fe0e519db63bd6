using System.Runtime.CompilerServices;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;

namespace LoraBridge.Server.Engine;

/// <summary>
/// What the server has of torch: calls that an engine carries out one after another. An engine is started when one is needed; a call
/// whose engine was lost is made once more, a training goes on from what it saved.
/// </summary>
internal sealed class EngineClient(EngineProcess process)
{
    private const int MostLossesWithoutAStep = 3;

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

    /// <summary>Loads a checkpoint before it is asked for, in a new engine where none runs.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<LoadResult> ReloadAsync(LoadCall call, IProgress<EngineProgress>? progress = null, CancellationToken cancel = default) => RunAsync(call, progress, cancel);

    /// <summary>
    /// Trains. The events end with <see cref="TrainingEnded"/>; an engine that is lost on the way gives <see cref="TrainingRestarted"/> and the events of the
    /// steps after the last saved state once more.
    /// </summary>
    /// <param name="call">The run.</param>
    /// <param name="cancel">Pauses the run as <see cref="TrainingStop.Pause"/> does; the events go on until it has ended.</param>
    /// <exception cref="EngineException">It failed; its kind says how.</exception>
    public async IAsyncEnumerable<TrainingEvent> TrainAsync(TrainCall call, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    /// <summary>Ends a training before its last step; its events say when it has.</summary>
    /// <returns>Whether such a training waits or runs.</returns>
    public Task<bool> StopTrainingAsync(string id, TrainingStop how, CancellationToken cancel = default) => Task.FromResult(false);

    /// <summary>Ends the making of pictures after the step in work; the call gives what there is by then.</summary>
    /// <param name="id">The call's id; null for the one in work.</param>
    /// <param name="cancel">Gives up asking.</param>
    /// <returns>Whether there is such a call.</returns>
    public Task<bool> InterruptAsync(string? id = null, CancellationToken cancel = default) => Task.FromResult(false);

    /// <summary>Ends the batch in work after its step; the call goes on with the next.</summary>
    /// <inheritdoc cref="InterruptAsync"/>
    public Task<bool> SkipAsync(string? id = null, CancellationToken cancel = default) => Task.FromResult(false);

    /// <summary>What memory the engine takes. Starts none.</summary>
    public Task<EngineMemory> MemoryAsync(CancellationToken cancel = default) => Task.FromResult(EngineMemory.None);

    /// <summary>How the engine is; null where none runs. Starts none.</summary>
    public Task<EngineHealth?> HealthAsync(CancellationToken cancel = default) => Task.FromResult<EngineHealth?>(null);

    /// <summary>Gives memory back: an idle engine is ended; one that trains gives up the models that the training does not need.</summary>
    public Task UnloadAsync(CancellationToken cancel = default) => Task.CompletedTask;

    private Task<TResult> RunAsync<TResult>(EngineCall<TResult> call, IProgress<EngineProgress>? progress, CancellationToken cancel) where TResult : EngineResult =>
        Task.FromException<TResult>(new EngineException(EngineErrorKind.Unavailable, $"{call.Id} {progress} {cancel} {process} {MostLossesWithoutAStep}"));
}
