namespace LoraBridge.Generation;

/// <summary>A strict request names an adapter that is not there or cannot be used.</summary>
public sealed class LoraMissingException : Exception
{
    internal LoraMissingException(string name, string reason, bool isThere = false) : base(reason) => (Name, IsThere) = (name, isThere);

    /// <summary>The name as it was written.</summary>
    public string Name { get; }

    /// <summary>Whether there is such an adapter, and it is its file that cannot be used: it is damaged, or for another family of models.</summary>
    public bool IsThere { get; }
}
