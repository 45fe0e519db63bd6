namespace LoraBridge.Checkpoints;

/// <summary>A checkpoint that breaks its format's rules, or that would run code if it were loaded.</summary>
public sealed class CheckpointFormatException : Exception
{
    /// <summary>Builds the message from the file, what is wrong with it and, where there is one, the way out.</summary>
    public CheckpointFormatException(string path, string reason, string? cure = null, Exception? inner = null)
        : base(cure is null ? $"{path}: {reason}." : $"{path}: {reason}. {cure}.", inner)
    {
        Path = path;
        Reason = reason;
        Cure = cure;
    }

    /// <summary>The file that was refused.</summary>
    public string Path { get; }

    /// <summary>The rule that was broken, with the numbers and names that broke it.</summary>
    public string Reason { get; }

    /// <summary>What the reader of the message can do about it; null when nothing helps but another file.</summary>
    public string? Cure { get; }
}
