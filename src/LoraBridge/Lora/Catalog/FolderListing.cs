using System.IO.Enumeration;

namespace LoraBridge.Lora.Catalog;

/// <summary>One thing in a folder that a catalogue may care for.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="IsFolder">Whether it is a folder, or a link to one.</param>
/// <param name="IsLink">Whether it is a link.</param>
/// <param name="Stamp">Of the file or the link's target; <see cref="FileStamp.None"/> for folders.</param>
internal readonly record struct FolderItem(string Name, bool IsFolder, bool IsLink, FileStamp Stamp);

/// <summary>Lists a folder's own items: subfolders, adapters, and what may stand beside an adapter.</summary>
internal static class FolderListing
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_adapters =
        new HashSet<string>([".safetensors", ".pt", ".ckpt"], StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_sides =
        new HashSet<string>([".json", ".txt", .. SideFiles.PictureEndings], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a file name is that of an adapter: <c>.safetensors</c>, <c>.pt</c> or <c>.ckpt</c> after at least one character.</summary>
    public static bool IsAdapter(ReadOnlySpan<char> name) => Path.GetFileNameWithoutExtension(name).Length > 0 && s_adapters.Contains(Path.GetExtension(name));

    /// <exception cref="IOException">The folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be listed.</exception>
    public static IReadOnlyList<FolderItem> Of(string folder) =>
    [
        .. new FileSystemEnumerable<FolderItem>(folder, Item, s_all)
        {
            // others are not even asked for their size
            ShouldIncludePredicate = (ref entry) => IsAdapter(entry.FileName) || s_sides.Contains(Path.GetExtension(entry.FileName)) || entry.IsDirectory,
        },
    ];

    /// <summary>The stamp of a file, or of what a link leads to; that of a missing target for no file at all.</summary>
    public static FileStamp StampOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null) return OfTarget(path);
        return file.Exists ? FileStamp.Of(file) : FileStamp.Dangling;
    }

    private static FolderItem Item(ref FileSystemEntry entry)
    {
        var (name, isLink) = (entry.FileName.ToString(), entry.Attributes.HasFlag(FileAttributes.ReparsePoint));
        if (entry.IsDirectory) return new(name, IsFolder: true, isLink, FileStamp.None);
        return new(name, IsFolder: false, isLink, isLink
            ? OfTarget(entry.ToFullPath())                                      // an entry tells of the link itself
            : new(entry.Length, entry.LastWriteTimeUtc.UtcTicks, entry.CreationTimeUtc.UtcTicks));
    }

    private static FileStamp OfTarget(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is FileInfo { Exists: true } target ? FileStamp.Of(target) : FileStamp.Dangling;
        }
        catch (IOException)                                                     // links in a circle
        {
            return FileStamp.Dangling;
        }
    }
}
