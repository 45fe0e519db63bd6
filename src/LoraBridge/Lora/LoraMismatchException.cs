namespace LoraBridge.Lora;

/// <summary>An adapter file does not fit the model it should change.</summary>
public sealed class LoraMismatchException : Exception
{
    internal LoraMismatchException(string path, string key, string reason, string cure)
        : base($"{path}: '{key}' {reason}. {cure}")
    {
        Path = path;
        Key = key;
        Reason = reason;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The key, or the stem of keys, that does not fit.</summary>
    public string Key { get; }

    /// <summary>Why.</summary>
    public string Reason { get; }
}
