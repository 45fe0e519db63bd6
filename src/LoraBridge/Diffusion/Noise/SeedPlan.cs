namespace LoraBridge.Diffusion.Noise;

/// <summary>The seeds of a job's images and what is done with them, as the web UI does it.</summary>
public sealed record SeedPlan
{
    /// <summary>Seeds drawn for a request without one stay below this.</summary>
    public const long RandomSeedLimit = 4294967294;

    /// <summary>The seed of the job's first image.</summary>
    public required long Seed { get; init; }

    /// <summary>The variation seed of the job's first image.</summary>
    public long Subseed { get; init; }

    /// <summary>How far the noise turns towards the variation seed's, 0 to 1. Unless it is 0 all images share <see cref="Seed"/>.</summary>
    public double SubseedStrength { get; init; }

    /// <summary>The width in pixels at which the noise is drawn before it is pasted into the picture's; 0 is off.</summary>
    public int SeedResizeFromWidth { get; init; }

    /// <summary>The height in pixels at which the noise is drawn before it is pasted into the picture's; 0 is off.</summary>
    public int SeedResizeFromHeight { get; init; }

    /// <summary>Added to the seed of all noise after the start noise (ENSD); 0 lets the first stream go on.</summary>
    public long EtaNoiseSeedDelta { get; init; }

    /// <summary>Which generator the numbers come from.</summary>
    public NoiseOrigin Origin { get; init; }

    /// <summary>The seed of a job's image, counted from 0.</summary>
    public long SeedOf(int image) => SubseedStrength == 0 ? Seed + image : Seed;

    /// <summary>The variation seed of a job's image, counted from 0.</summary>
    public long SubseedOf(int image) => Subseed + image;

    /// <summary>The seed a request asks for; a missing one or -1 is drawn at random.</summary>
    public static long Choose(long? requested, Random random) =>
        requested is null or -1 ? random.NextInt64(RandomSeedLimit) : requested.Value;
}
