namespace LoraBridge.Training.Objective;

/// <summary>What random numbers are drawn for; each purpose has streams of its own, so that switching one on changes no other.</summary>
internal enum DrawPurpose
{
    Timestep = 1,
    Noise = 2,
    NoiseOffset = 3,
    NoiseOffsetStrength = 4,
    CoarseNoise = 5,
    CoarseNoiseSizes = 6,
    InputPerturbation = 7,
    InputPerturbationStrength = 8,
    MaskUse = 9,
    Strata = 10,
    ModuleDropout = 11,
    RankDropout = 12,
    ActivationDropout = 13,
}

/// <summary>Where in a run numbers are drawn. They are a function of the place alone: a resumed run needs no generator's state.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The optimizer step, from 0.</param>
/// <param name="MicroStep">The micro-batch within the step, from 0.</param>
public readonly record struct DrawPlace(long Seed, long Step, int MicroStep)
{
    private const int WholeBatch = -1;

    // The stream of one sample of the batch, from 0.
    internal RandomStream Sample(int sample, DrawPurpose purpose)
    {
        var hash = RandomStream.Mix(unchecked((ulong)Seed), unchecked((ulong)Step));
        hash = RandomStream.Mix(hash, unchecked((ulong)MicroStep));
        hash = RandomStream.Mix(hash, unchecked((ulong)sample));
        return new(RandomStream.Mix(hash, (ulong)purpose));
    }

    // The stream of one layer, by the hash of its name.
    internal RandomStream Layer(ulong layer, DrawPurpose purpose)
    {
        var hash = RandomStream.Mix(unchecked((ulong)Seed), unchecked((ulong)Step));
        hash = RandomStream.Mix(hash, unchecked((ulong)MicroStep));
        return new(RandomStream.Mix(RandomStream.Mix(hash, layer), (ulong)purpose));
    }

    // The stream of what all samples of the batch share.
    internal RandomStream Batch(DrawPurpose purpose) => Sample(WholeBatch, purpose);
}
