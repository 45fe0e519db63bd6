using LoraBridge.Torch;

namespace LoraBridge.Generation;

/// <summary>Tells errors of torch's absence from others, for those who cannot name its types.</summary>
public static class TorchFailure
{
    /// <summary>Whether an error says that there is no torch that this machine could use; its message names the cures.</summary>
    public static bool IsAbsence(Exception error) => error is TorchUnavailableException;
}
