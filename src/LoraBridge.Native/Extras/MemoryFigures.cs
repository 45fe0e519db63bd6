namespace LoraBridge.Torch;

/// <summary>Bytes of device memory; null where this supply cannot tell.</summary>
/// <param name="Allocated">In use by tensors now.</param>
/// <param name="PeakAllocated">The most that was in use since the last reset.</param>
/// <param name="Reserved">Held by torch, in use or cached.</param>
/// <param name="PeakReserved">The most that was held since the last reset.</param>
/// <param name="Free">Free on the device.</param>
/// <param name="Total">The device's size.</param>
public readonly record struct MemoryFigures(long? Allocated, long? PeakAllocated, long? Reserved, long? PeakReserved, long? Free, long? Total);
