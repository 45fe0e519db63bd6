namespace LoraBridge.Lora.Catalog;

/// <summary>An adapter file as a walk of the folders finds it: two that are equal need not be read again.</summary>
/// <param name="Folder">The catalogue's folder it lies below.</param>
/// <param name="RelativePath">From there, with '/' between the parts.</param>
/// <param name="FullPath">The absolute path, links not resolved.</param>
/// <param name="Stamp">Of the file, or of what the link leads to.</param>
/// <param name="Sides">Of the texts beside it.</param>
/// <param name="PreviewPath">The picture beside it; null when there is none.</param>
/// <param name="PreviewStamp">Of that picture.</param>
internal sealed record FoundFile(
    string Folder, string RelativePath, string FullPath, FileStamp Stamp, SideStamps Sides, string? PreviewPath, FileStamp PreviewStamp)
{
    /// <summary>The file's name up to its last dot: Path's own rule, which splits <c>a.b.safetensors</c> as the web UI does.</summary>
    public string Name => Path.GetFileNameWithoutExtension(FullPath);

    /// <summary>Whether the name says safetensors; hashes go by the name, whatever the content.</summary>
    public bool IsSafetensors => FullPath.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The stamps of an adapter's side files; <see cref="FileStamp.None"/> for those that do not exist.</summary>
/// <param name="Json">Of <c>name.json</c>.</param>
/// <param name="Text">Of <c>name.txt</c>.</param>
/// <param name="Description">Of <c>name.description.txt</c>.</param>
internal readonly record struct SideStamps(FileStamp Json, FileStamp Text, FileStamp Description);
