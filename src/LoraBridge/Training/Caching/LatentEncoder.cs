using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>How pictures are encoded.</summary>
public sealed record LatentEncoderOptions
{
    /// <summary>Where the autoencoder lies, as torch names devices; default the CPU.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Pictures of more pixels than this are encoded tile by tile; default those of 1536x1536.</summary>
    public long TileAbove { get; init; } = 1536 * 1536;

    /// <summary>The tiles: 1024 pixels each, a quarter shared.</summary>
    public Tiling Tiling { get; init; } = new() { TileSize = 128, Overlap = 32 };
}

/// <summary>
/// Encodes batches of pictures. A picture whose latents a half-precision type cannot hold is computed again in float32, alone, and named.
/// </summary>
public sealed class LatentEncoder
{
    private readonly AutoencoderKL _autoencoder;
    private readonly LatentEncoderOptions _options;
    private readonly Device _device;

    /// <summary>Encodes with an autoencoder, which stays the caller's; reads all of its weights once to name it.</summary>
    public LatentEncoder(AutoencoderKL autoencoder, LatentEncoderOptions? options = null)
    {
        _autoencoder = autoencoder;
        _options = options ?? new();
        _device = new(_options.Device);
        Identity = ModelIdentity.Of(autoencoder);
        ComputeType = autoencoder.ComputeType;
    }

    /// <summary>The hash of the weights that encode.</summary>
    public string Identity { get; }

    /// <summary>The type that the autoencoder computes in.</summary>
    public ScalarType ComputeType { get; }

    /// <summary>Channels of the latents, 4.</summary>
    public long Channels => _autoencoder.Config.LatentChannels;

    /// <summary>Pixels along the side of a latent cell, 8.</summary>
    public int PixelsPerCell => _autoencoder.Config.PixelsPerCell;

    /// <summary>Encodes pictures of one size.</summary>
    /// <param name="pixels">(B, 3, H, W) float32 in [-1, 1].</param>
    /// <param name="names">What errors and notes call them, B.</param>
    /// <param name="note">Hears of every picture that was computed again.</param>
    /// <returns>Mean and log variance, (B, 4, h, w) each, float32, on the CPU.</returns>
    /// <exception cref="DatasetException">A picture's latents are not finite in float32 either; the message names it.</exception>
    public (Tensor Mean, Tensor LogVariance) Encode(Tensor pixels, IReadOnlyList<string> names, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(names);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _autoencoder.ComputeType = ComputeType;
        var moved = pixels.to(_device);
        var (mean, logVariance) = Run(moved);
        if (_autoencoder.ComputeType != ComputeType) (mean, logVariance) = OneByOne(moved, names, note);
        (mean, logVariance) = (mean.cpu(), logVariance.cpu());
        for (var i = 0; i < names.Count; i++)
        {
            if (!IsFinite(mean.narrow(0, i, 1)) || !IsFinite(logVariance.narrow(0, i, 1)))
                throw new DatasetException(FindingKind.Unreadable, names[i], "Its latents hold NaN or infinity even in float32.", "Other pictures fail too if the autoencoder is broken: try another VAE; if it is this one alone, leave it out.");
        }
        return (mean.MoveToOuterDisposeScope(), logVariance.MoveToOuterDisposeScope());
    }

    /// <summary>Whether pictures of this size are encoded tile by tile.</summary>
    public bool IsTiled(PictureSize size) => size.Area > _options.TileAbove;

    /// <summary>How a size is encoded, for the key: by which tiles, if any.</summary>
    internal string TilingOf(PictureSize size) => IsTiled(size) ? $"{_options.Tiling.TileSize}/{_options.Tiling.Overlap}" : "none";

    // which picture of the batch was the bad one is not known, and the others' latents must not depend on it
    private (Tensor Mean, Tensor LogVariance) OneByOne(Tensor pixels, IReadOnlyList<string> names, Action<string>? note)
    {
        var parts = names.Select((name, i) => One(pixels.narrow(0, i, 1), name, note)).ToList();
        return (cat(parts.ConvertAll(part => part.Mean), dim: 0), cat(parts.ConvertAll(part => part.LogVariance), dim: 0));
    }

    private (Tensor Mean, Tensor LogVariance) One(Tensor pixels, string name, Action<string>? note)
    {
        _autoencoder.ComputeType = ComputeType;
        try
        {
            var result = Run(pixels);
            if (_autoencoder.ComputeType == ComputeType) return result;
            note?.Invoke($"{name}: its latents are not finite in {ComputeType}, and were computed again in float32. If many are, set precision.vaeInFloat32.");
            // tiles before the bad one were done in the narrow type
            return IsTiled(SizeOf(pixels)) ? Run(pixels) : result;
        }
        finally
        {
            _autoencoder.ComputeType = ComputeType;
        }
    }

    private (Tensor Mean, Tensor LogVariance) Run(Tensor pixels) =>
        IsTiled(SizeOf(pixels)) ? _autoencoder.EncodeTiled(pixels, _options.Tiling) : _autoencoder.Encode(pixels);

    private static PictureSize SizeOf(Tensor pixels) => new((int)pixels.shape[3], (int)pixels.shape[2]);

    private static bool IsFinite(Tensor values) => values.isfinite().all().ToBoolean();
}
