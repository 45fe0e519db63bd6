namespace LoraBridge.Generation;

/// <summary>A strict request names an adapter that is not there or cannot be used.</summary>
public sealed class LoraMissingException : Exception
{
    internal LoraMissingException(string name, string reason) : base(reason) => Name = name;

    /// <summary>The name as it was written.</summary>
    public string Name { get; }
}
