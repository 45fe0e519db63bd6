using LoraBridge.Server.Sdapi.Files;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>All that this API asks of the engine.</summary>
internal sealed record EngineCalls
{
    /// <summary>Draws; told to stop it gives what there is.</summary>
    public required Func<DrawingCall, IProgress<DrawingProgress>, CancellationToken, Task<DrawnPictures>> DrawAsync { get; init; }

    /// <summary>Ends the job of an id after its step.</summary>
    public required Func<string, Task> InterruptAsync { get; init; }

    /// <summary>Ends the batch of a job after its step.</summary>
    public required Func<string, Task> SkipAsync { get; init; }

    /// <summary>What memory is in use.</summary>
    public required Func<CancellationToken, Task<DrawingMemory>> MemoryAsync { get; init; }

    /// <summary>Gives memory back.</summary>
    public required Func<CancellationToken, Task> UnloadAsync { get; init; }

    /// <summary>Loads a checkpoint before it is asked for.</summary>
    public required Func<Checkpoint, VaeFile?, CancellationToken, Task> LoadAsync { get; init; }
}
