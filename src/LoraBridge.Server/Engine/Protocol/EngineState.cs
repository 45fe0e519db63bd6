using LoraBridge.Generation;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>How an engine is, told without waiting for its torch thread.</summary>
/// <param name="ProcessId">Its process.</param>
/// <param name="Running">The id of the call in work, the inner one where a training makes room; null when it is idle.</param>
/// <param name="Training">The id of the training in work, or null.</param>
/// <param name="Waiting">How many calls wait.</param>
/// <param name="SilentSeconds">Since when the torch thread gave no sign of life; 0 when it is idle.</param>
internal sealed record EngineHealth(int ProcessId, string? Running, string? Training, int Waiting, double SilentSeconds);

/// <summary>The memory that an engine takes; all of it is 0 or empty when none runs.</summary>
/// <param name="ProcessBytes">Main memory of its process.</param>
/// <param name="Models">The checkpoints in memory, the most recently used first.</param>
/// <param name="Device">What the device says of itself; null on a CPU, and when no engine runs.</param>
internal sealed record EngineMemory(long ProcessBytes, IReadOnlyList<LoadedModel> Models, DeviceMemory? Device)
{
    /// <summary>No engine, no memory.</summary>
    public static EngineMemory None { get; } = new(0, [], null);
}
