namespace LoraBridge.Server.Engine.Protocol;

/// <summary>How an engine is, told without waiting for its torch thread.</summary>
/// <param name="ProcessId">Its process.</param>
/// <param name="Running">The id of the call in work, the inner one where a training makes room; null when it is idle.</param>
/// <param name="Training">The id of the training in work, or null.</param>
/// <param name="Waiting">How many calls wait.</param>
/// <param name="SilentSeconds">Since when the torch thread gave no sign of life; 0 when it is idle.</param>
internal sealed record EngineHealth(int ProcessId, string? Running, string? Training, int Waiting, double SilentSeconds);

/// <summary>A checkpoint in an engine's memory.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Vae">An autoencoder's own file, or null.</param>
/// <param name="Bytes">The memory of its weights.</param>
/// <param name="InTraining">Whether a training uses it, so that it stays.</param>
internal sealed record EngineModel(string Path, string? Vae, long Bytes, bool InTraining);

/// <summary>The memory that an engine takes; all of it is 0 or empty when none runs.</summary>
/// <param name="ProcessBytes">Main memory of its process.</param>
/// <param name="Models">The checkpoints in memory, the most recently used first.</param>
/// <param name="Device">What the device says of itself; null on a CPU, and when no engine runs.</param>
internal sealed record EngineMemory(long ProcessBytes, IReadOnlyList<EngineModel> Models, EngineDeviceMemory? Device)
{
    /// <summary>No engine, no memory.</summary>
    public static EngineMemory None { get; } = new(0, [], null);
}

/// <summary>A GPU's memory in bytes; null where its torch cannot tell.</summary>
/// <param name="Name">The device, as torch names it.</param>
/// <param name="Allocated">In use by tensors.</param>
/// <param name="PeakAllocated">The most that was in use.</param>
/// <param name="Reserved">Held by torch, in use or kept for later.</param>
/// <param name="PeakReserved">The most that was held.</param>
/// <param name="Free">Free on the device.</param>
/// <param name="Total">The device's size.</param>
internal sealed record EngineDeviceMemory(string Name, long? Allocated, long? PeakAllocated, long? Reserved, long? PeakReserved, long? Free, long? Total);
