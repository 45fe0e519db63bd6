using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>How latents are cached.</summary>
public sealed record LatentCacheOptions
{
    /// <summary>Keep mean and log variance, so that each visit draws anew (default); otherwise one draw, frozen by the picture's key, in half the space.</summary>
    public bool KeepsDistribution { get; init; } = true;

    /// <summary>The type that latents are stored in, float32 (default) or float16; they are read as float32.</summary>
    public ScalarType StoredType { get; init; } = ScalarType.Float32;

    /// <summary>How many pictures the autoencoder encodes at once, 1 or more.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>How many batches of pictures are decoded ahead of the autoencoder, 1 or more.</summary>
    public int DecodeAhead { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>The clock of rates and times left.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What a run's options say.</summary>
    public static LatentCacheOptions Of(CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new() { KeepsDistribution = options.FreshLatents, BatchSize = options.VaeBatchSize, StoredType = StoredTypeOf(options) };
    }

    /// <summary>The type that a run's options want cached values in.</summary>
    internal static ScalarType StoredTypeOf(CacheOptions options) => options.Precision == WeightPrecision.Fp16 ? ScalarType.Float16 : ScalarType.Float32;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(DecodeAhead, 1);
        if (StoredType is not (ScalarType.Float32 or ScalarType.Float16))
            throw new ArgumentException($"Latents are stored as Float32 or Float16, not {StoredType}.");
    }
}
