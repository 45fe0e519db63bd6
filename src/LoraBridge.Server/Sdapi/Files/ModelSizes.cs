using System.Collections.Concurrent;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>A picture's size in pixels.</summary>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
internal sealed record PictureSize(int Width, int Height);

/// <summary>
/// The size that a checkpoint was made for: what its metadata says (<see cref="TrainedSize"/>), else what is usual in its family. A header is read once,
/// until the file is another.
/// </summary>
internal sealed class ModelSizes
{
    private readonly ConcurrentDictionary<string, (long Length, DateTime Changed, TrainedSize? Stated, PictureSize Size)> _known = new(StringComparer.Ordinal);

    /// <summary>The size where nothing says another.</summary>
    public static PictureSize Usual { get; } = new(TrainedSize.StableDiffusion1.Width, TrainedSize.StableDiffusion1.Height);

    /// <summary>The size for a file; 512 x 512 where it cannot be read, which whoever loads it will be told.</summary>
    public PictureSize Of(string path) => Look(path).Size;

    /// <summary>The size that a file states; null where it states none, or cannot be read.</summary>
    public TrainedSize? StatedBy(string path) => Look(path).Stated;

    private (TrainedSize? Stated, PictureSize Size) Look(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) return (null, Usual);
        if (_known.TryGetValue(path, out var known) && known.Length == file.Length && known.Changed == file.LastWriteTimeUtc) return (known.Stated, known.Size);
        var (stated, size) = Read(path);
        _known[path] = (file.Length, file.LastWriteTimeUtc, stated, size);
        return (stated, size);
    }

    private static (TrainedSize? Stated, PictureSize Size) Read(string path)
    {
        try
        {
            using var file = CheckpointFile.Open(path);
            return TrainedSize.FromMetadata(file.Metadata) is { } size ? (size, new(size.Width, size.Height)) : (null, UsualIn(CheckpointLayout.Of(file.Tensors).Family));
        }
        catch (Exception error) when (error is CheckpointFormatException or IOException or UnauthorizedAccessException)
        {
            return (null, Usual);
        }
    }

    private static PictureSize UsualIn(ModelFamily family) => family switch
    {
        ModelFamily.StableDiffusionXL => new(1024, 1024),
        ModelFamily.StableDiffusion2 => new(768, 768),
        _ => Usual,
    };
}
