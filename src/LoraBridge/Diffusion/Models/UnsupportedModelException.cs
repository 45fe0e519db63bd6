namespace LoraBridge.Diffusion.Models;

/// <summary>A file is not a checkpoint that LoraBridge can run, or lacks a part of one.</summary>
/// <param name="path">The file.</param>
/// <param name="found">What the file is.</param>
/// <param name="cure">What to do instead.</param>
public sealed class UnsupportedModelException(string path, string found, string cure)
    : Exception($"{System.IO.Path.GetFileName(path)} cannot be run: it is {found}. {cure}")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>What the file is.</summary>
    public string Found { get; } = found;

    /// <summary>What to do instead.</summary>
    public string Cure { get; } = cure;
}
