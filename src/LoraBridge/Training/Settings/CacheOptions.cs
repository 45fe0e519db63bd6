using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>What is computed once and kept.</summary>
public sealed record CacheOptions
{
    /// <summary>Encode every picture once and keep its latents; excludes colour changes, random crops and face crops.</summary>
    public bool Latents { get; init; } = true;

    /// <summary>Keep cached latents on the disk for the next run.</summary>
    public bool LatentsOnDisk { get; init; }

    /// <summary>Draw the autoencoder's noise anew at each visit of a cached picture instead of freezing it, for twice the space.</summary>
    public bool FreshLatents { get; init; } = true;

    /// <summary>Encode every caption once, which frees the text encoder's memory; it must not be trained then.</summary>
    public bool TextStates { get; init; }

    /// <summary>Keep cached text states on the disk for the next run.</summary>
    public bool TextStatesOnDisk { get; init; }

    /// <summary>How many pictures the autoencoder encodes at once.</summary>
    [Range(1, 256)]
    public int VaeBatchSize { get; init; } = 1;

    /// <summary>The number type that latents and text states are kept in: float, or fp16 for half the space.</summary>
    public WeightPrecision Precision { get; init; }

    /// <summary>Gigabytes that the latents on the disk may take, and the text states likewise; at a run's end those not used for longest go. None for no limit.</summary>
    [Range(0.0, 100_000.0)]
    public double? DiskLimit { get; init; }

    /// <summary>Where caches lie; none puts them below the output folder.</summary>
    public string? Folder { get; init; }

    /// <summary>The limit in bytes; null for none.</summary>
    [JsonIgnore]
    public long? DiskLimitBytes => DiskLimit is { } gigabytes ? (long)(gigabytes * (1L << 30)) : null;
}
