using LoraBridge.Torch;

namespace LoraBridge.Generation;

/// <summary>Tells errors of torch from others, for those who cannot name its types.</summary>
public static class TorchFailure
{
    private static readonly string[] s_exhaustion = ["out of memory", "can't allocate memory", "not enough memory", "alloc failed"];

    /// <summary>Whether an error says that memory did not suffice, on the device or in the machine.</summary>
    public static bool IsOutOfMemory(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is OutOfMemoryException || s_exhaustion.Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether an error says that there is no torch that this machine could use; its message names the cures.</summary>
    public static bool IsAbsence(Exception error) => error is TorchUnavailableException;
}
