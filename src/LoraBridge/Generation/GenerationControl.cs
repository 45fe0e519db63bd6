namespace LoraBridge.Generation;

/// <summary>Ends a job before its time, from any thread. One belongs to one job.</summary>
public sealed class GenerationControl
{
    private volatile bool _interrupted, _skipped;

    /// <summary>Whether the job was told to end.</summary>
    public bool IsInterrupted => _interrupted;

    /// <summary>Whether the present batch was told to end; false again when the next one begins.</summary>
    public bool IsSkipped => _skipped;

    /// <summary>Finds the pipeline of another checkpoint that a request names, for a second pass or a refiner; it stays its owner's. Null where there are none.</summary>
    public Func<string, TextToImage>? Models { get; init; }

    /// <summary>Whether the present batch ends after the call of the network that is running.</summary>
    internal bool EndsBatch => _interrupted || _skipped;

    /// <summary>Ends the job after the call of the network that is running; what exists of the pictures in work is returned.</summary>
    public void Interrupt() => _interrupted = true;

    /// <summary>Ends the present batch in the same way; the job goes on with the next.</summary>
    public void Skip() => _skipped = true;

    internal void BeginBatch() => _skipped = false;

    /// <exception cref="InvalidOperationException">There are no other checkpoints.</exception>
    internal PipelineParts PartsOf(string modelPath) => Models is { } models ? models(modelPath).Parts
        : throw new InvalidOperationException($"The request names another checkpoint, {modelPath}, and there is none but the one that is loaded: leave it out, or set {nameof(GenerationControl)}.{nameof(Models)}.");
}
