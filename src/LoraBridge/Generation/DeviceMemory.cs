using LoraBridge.Torch;
using TorchSharp;

namespace LoraBridge.Generation;

/// <summary>A device's memory in bytes; null where its torch cannot tell, and on a CPU.</summary>
/// <param name="Device">The device, as torch names it.</param>
/// <param name="Allocated">In use by tensors.</param>
/// <param name="PeakAllocated">The most that was in use.</param>
/// <param name="Reserved">Held by torch, in use or kept for later.</param>
/// <param name="PeakReserved">The most that was held.</param>
/// <param name="Free">Free on the device.</param>
/// <param name="Total">The device's size.</param>
public sealed record DeviceMemory(string Device, long? Allocated, long? PeakAllocated, long? Reserved, long? PeakReserved, long? Free, long? Total)
{
    /// <summary>Asks a device.</summary>
    /// <param name="device">As torch names it: "cpu", "cuda", "cuda:1".</param>
    /// <exception cref="TorchUnavailableException">Torch cannot be used on this machine.</exception>
    public static DeviceMemory Of(string device)
    {
        TorchExtras.EnsureAvailable();
        var figures = TorchExtras.Memory(new torch.Device(device));
        return new(device, figures.Allocated, figures.PeakAllocated, figures.Reserved, figures.PeakReserved, figures.Free, figures.Total);
    }
}
