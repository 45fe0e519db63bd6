using System.Globalization;
using LoraBridge.Checkpoints;

namespace LoraBridge.Diffusion.Models;

/// <summary>The size of the pictures that a model was trained on, in pixels, as far as its file says so.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
public readonly record struct TrainedSize(int Width, int Height)
{
    /// <summary>What Stable Diffusion 1.x was trained on, and what is taken where no file says anything.</summary>
    public static TrainedSize StableDiffusion1 { get; } = new(512, 512);

    private const string Key = "modelspec.resolution";

    /// <summary>Reads <c>modelspec.resolution</c> ("128x128", as the Stability AI model metadata specification writes it) out of a file's metadata; null where there is none, or nothing that can be meant.</summary>
    public static TrainedSize? FromMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetValue(Key, out var text) || text.Split('x') is not [var width, var height]) return null;
        return Side(width) is { } wide && Side(height) is { } high ? new(wide, high) : null;
    }

    /// <summary>The same of a file, of which the header alone is read; null for files of other kinds, and for those that cannot be read.</summary>
    public static TrainedSize? OfFile(string path)
    {
        if (!path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || !File.Exists(path)) return null;
        try
        {
            using var file = CheckpointFile.Open(path);
            return FromMetadata(file.Metadata);
        }
        catch (Exception unreadable) when (unreadable is CheckpointFormatException or IOException or UnauthorizedAccessException)
        {
            return null;                                                        // whoever loads it says what is wrong with it
        }
    }

    private static int? Side(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is >= 64 and <= 4096 && side % 8 == 0 ? side : null;
}
