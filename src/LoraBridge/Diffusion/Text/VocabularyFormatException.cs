namespace LoraBridge.Diffusion.Text;

/// <summary>A file is not CLIP's vocabulary.</summary>
public sealed class VocabularyFormatException(string path, string reason)
    : Exception($"'{path}' is not CLIP's vocabulary: {reason}. Fetch the file again or name another.")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong with it, without a full stop.</summary>
    public string Reason { get; } = reason;
}
