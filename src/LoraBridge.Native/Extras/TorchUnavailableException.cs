namespace LoraBridge.Torch;

/// <summary>Torch cannot be used on this machine; the message says why and what to do.</summary>
public sealed class TorchUnavailableException(string reason, Exception? inner = null)
    : Exception($"{reason} Run './lorabridge setup' (it installs libtorch-dev and g++), or name the torch folder of a Python environment with --torch PATH or LORABRIDGE_TORCH, and build again.", inner)
{
    /// <summary>What is missing or broken, without the cure.</summary>
    public string Reason { get; } = reason;
}
