using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion;

/// <summary>Chooses the device that a user named, or left open.</summary>
public static class DeviceNames
{
    /// <summary>A device's name for <see cref="Models.ModelOptions.Device"/>.</summary>
    /// <param name="name">auto (a GPU where torch has one), cpu, cuda or cuda:N.</param>
    /// <exception cref="TorchUnavailableException">Torch cannot be used on this machine.</exception>
    /// <exception cref="NotSupportedException">A GPU is asked for that torch does not have; the message names what there is.</exception>
    public static string Resolve(string name)
    {
        if (name == "cpu") return name;
        TorchExtras.EnsureAvailable();
        var gpus = cuda.is_available() ? cuda.device_count() : 0;
        if (name == "auto") return gpus > 0 ? "cuda" : "cpu";
        var index = name == "cuda" ? 0 : int.Parse(name.AsSpan("cuda:".Length));
        if (index < gpus) return name;
        throw new NotSupportedException(gpus == 0
            ? $"Device '{name}': this torch has no GPU. Choose cpu, or a torch with CUDA."
            : $"Device '{name}': torch has {gpus} GPU(s). Choose from cuda:0 to cuda:{gpus - 1}, or cpu.");
    }
}
