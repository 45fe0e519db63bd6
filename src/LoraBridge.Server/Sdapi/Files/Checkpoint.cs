using System.Text.RegularExpressions;
using LoraBridge.Checkpoints;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>A checkpoint as the WebUI names it.</summary>
/// <param name="Path">The file's full path.</param>
/// <param name="RelativePath">Its path from the folder of checkpoints on.</param>
internal sealed partial record Checkpoint(string Path, string RelativePath)
{
    /// <summary>SHA-256 of the whole file in 64 hex digits; null until it is known.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The first ten digits of <see cref="Sha256"/>.</summary>
    public string? Hash => Sha256?[..10];

    /// <summary>What menus show.</summary>
    public string Title => Hash is { } hash ? $"{RelativePath} [{hash}]" : RelativePath;

    /// <summary>The name in pictures: folders are part of it, the ending is not.</summary>
    public string ModelName => WithoutEnding(RelativePath).Replace('/', '_').Replace('\\', '_');

    /// <summary>The YAML file beside it; null when there is none.</summary>
    public string? Config => System.IO.Path.ChangeExtension(Path, ".yaml") is var yaml && File.Exists(yaml) ? yaml : null;

    /// <summary>Whether a text is exactly one of its names.</summary>
    public bool IsCalled(string text) => Names.Contains(text, StringComparer.Ordinal) || IsTitleToCome(text) || IsCalledByOldHash(text);

    private string BaseName => System.IO.Path.GetFileNameWithoutExtension(Path);

    private IEnumerable<string> Names => Hash is { } hash
        ? [Title, RelativePath, ModelName, BaseName, hash, Sha256!, $"{BaseName} [{hash}]"]
        : [Title, ModelName, BaseName];

    // clients keep titles, which must do until the hash is known again
    private bool IsTitleToCome(string text) => Hash is null && HashAtEnd().Match(text) is { Success: true } hash && text[..hash.Index] is var name && (name == RelativePath || name == BaseName);

    // read from the file only for texts that can be such a hash
    private bool IsCalledByOldHash(string text)
    {
        var digits = text.Length == 8 ? text : text.StartsWith(RelativePath + " [", StringComparison.Ordinal) && text.EndsWith(']') ? text[(RelativePath.Length + 2)..^1] : "";
        return digits.Length == 8 && digits.All(char.IsAsciiHexDigitLower) && File.Exists(Path) && CheckpointHashes.Legacy(Path) == digits;
    }

    private static string WithoutEnding(string path) => path[..^System.IO.Path.GetExtension(path).Length];

    [GeneratedRegex(" \\[[0-9a-f]{10}\\]$")]
    private static partial Regex HashAtEnd();
}
