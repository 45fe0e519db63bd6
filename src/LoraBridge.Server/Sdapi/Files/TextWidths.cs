using System.Collections.Concurrent;
using LoraBridge.Checkpoints;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>The widths of checkpoints' text encoders, which decide what embeddings fit: read from headers, each once.</summary>
internal sealed class TextWidths
{
    private const int StableDiffusion1 = 768;

    private readonly ConcurrentDictionary<(string Path, DateTime Changed), int> _known = new();

    /// <summary>A checkpoint's width; that of Stable Diffusion 1 where there is no checkpoint or it cannot be told.</summary>
    public int Of(Checkpoint? checkpoint) =>
        checkpoint is null ? StableDiffusion1 : _known.GetOrAdd((checkpoint.Path, File.GetLastWriteTimeUtc(checkpoint.Path)), key => Read(key.Path));

    private static int Read(string path)
    {
        try
        {
            using var file = CheckpointFile.Open(path);
            var table = file.Tensors.Values.FirstOrDefault(tensor => tensor.Name.EndsWith("token_embedding.weight", StringComparison.Ordinal));
            return table is { Shape: [_, var width] } ? (int)width : StableDiffusion1;
        }
        catch (Exception error) when (error is CheckpointFormatException or IOException or UnauthorizedAccessException)
        {
            return StableDiffusion1;                                            // it is loading that says what is wrong with it
        }
    }
}
