using LoraBridge.Diffusion.Models;

namespace LoraBridge.Training.Preflight;

/// <summary>What the text encoder and the autoencoder take besides their weights.</summary>
internal static class OtherActivations
{
    // input, norm, q, k, v, attended; input, norm, and of the feed-forward gate, input and product, each four wide
    private const long LayerMaps = 20;

    /// <summary>Bytes that a text encoder keeps for its backward pass, float32.</summary>
    /// <param name="config">Its layout.</param>
    /// <param name="batch">Captions at once.</param>
    /// <param name="chunks">Chunks of 77 tokens of each.</param>
    /// <param name="checkpoints">Whether whole layers are computed again.</param>
    public static long Text(ClipTextConfig config, long batch, long chunks, bool checkpoints)
    {
        var map = batch * chunks * config.Positions * config.Width * sizeof(float);
        var scores = batch * chunks * config.Heads * config.Positions * config.Positions * sizeof(float);
        var layer = LayerMaps * map + scores;
        return checkpoints ? config.Layers * map + layer : config.Layers * layer;
    }

    /// <summary>Bytes of encoding pictures: a residual block of the finest level, its input, two norms and two convolutions.</summary>
    /// <param name="config">The autoencoder's layout.</param>
    /// <param name="pixels">Pixels at once, over all pictures of a batch.</param>
    /// <param name="elementBytes">Bytes of the type that it computes in.</param>
    public static long Encoding(AutoencoderConfig config, long pixels, int elementBytes) => 5 * config.EncoderChannels[0] * pixels * elementBytes;

    /// <summary>Bytes of decoding a picture: the first residual block of the finest level, which gets the next level's width.</summary>
    /// <param name="config">The autoencoder's layout.</param>
    /// <param name="pixels">Pixels of the picture.</param>
    /// <param name="elementBytes">Bytes of the type that it computes in.</param>
    public static long Decoding(AutoencoderConfig config, long pixels, int elementBytes)
    {
        var (own, next) = (config.DecoderChannels[0], config.DecoderChannels[Math.Min(1, config.DecoderChannels.Count - 1)]);
        return (2 * next + 4 * own) * pixels * elementBytes;
    }
}
