namespace LoraBridge.Lora.Catalog;

/// <summary>What tells that a file is still the one that was read: all times in ticks of UTC.</summary>
/// <param name="Size">Bytes; -1 for a link that leads nowhere.</param>
/// <param name="Modified">When its content was last written.</param>
/// <param name="Created">When it was made, where the file system knows: a copy with the old time of change is another file.</param>
internal readonly record struct FileStamp(long Size, long Modified, long Created)
{
    /// <summary>Of no file: equal to the stamp of none that exists.</summary>
    public static FileStamp None => default;

    /// <summary>Of a link whose target is missing.</summary>
    public static FileStamp Dangling => new(-1, 0, 0);

    public static FileStamp Of(FileInfo file) => new(file.Length, file.LastWriteTimeUtc.Ticks, file.CreationTimeUtc.Ticks);
}
