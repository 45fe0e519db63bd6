using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Objective;

/// <summary>Draws which timesteps a batch is trained at.</summary>
public sealed class TimestepSampler
{
    private readonly TimestepOptions _options;
    private readonly TimestepWeights? _weights;

    /// <summary>A sampler of timesteps from the minimum to below the maximum.</summary>
    /// <exception cref="ArgumentException">The range is empty, or the distribution's weight and bias make no distribution.</exception>
    public TimestepSampler(TimestepOptions options)
    {
        if (options.Minimum < 0 || options.Maximum <= options.Minimum)
            throw new ArgumentException($"No timestep lies from {options.Minimum} to below {options.Maximum}: the maximum must be above the minimum.", nameof(options));
        if (options.Sampling == TimestepSampling.LogitNormal && options.Weight <= -1)
            throw new ArgumentException($"The logit-normal distribution's spread is 1 + weight, and the weight is {options.Weight}: it must be above -1.", nameof(options));
        if (options.Sampling == TimestepSampling.Beta && (options.Weight <= 0 || options.Bias <= 0))
            throw new ArgumentException($"The beta distribution needs a weight and a bias above 0, its two shapes, and they are {options.Weight} and {options.Bias}: 2 and 2 favour the middle.", nameof(options));
        _options = options;
        if (options.Sampling is TimestepSampling.Sigmoid or TimestepSampling.CosMap or TimestepSampling.InvertedParabola)
            _weights = new(options);
    }

    /// <summary>The timesteps of a batch.</summary>
    /// <param name="place">Where in the run.</param>
    /// <param name="batchSize">The number of samples, B.</param>
    /// <returns>B timesteps, each in [minimum, maximum).</returns>
    public long[] Draw(DrawPlace place, int batchSize)
    {
        var timesteps = new long[batchSize];
        // which stratum a sample gets changes from batch to batch, else the first sample would only ever see little noise
        var turn = _options.Sampling == TimestepSampling.Stratified ? (int)(place.Batch(DrawPurpose.Strata).NextUniform() * batchSize) : 0;
        for (var i = 0; i < batchSize; i++)
        {
            var stream = place.Sample(i, DrawPurpose.Timestep);
            timesteps[i] = _weights is not null ? _weights.Draw(stream.NextUniform())
                : _options.Sampling == TimestepSampling.Stratified ? At(Shifted(((i + turn) % batchSize + stream.NextUniform()) / batchSize))
                : At(Shifted(TimestepDistributions.Fraction(_options, stream)));
        }
        return timesteps;
    }

    private double Shifted(double fraction) => _options.Shift * fraction / (1 + (_options.Shift - 1) * fraction);

    private long At(double fraction) =>
        Math.Clamp(_options.Minimum + (long)Math.Floor(fraction * (_options.Maximum - _options.Minimum)), _options.Minimum, _options.Maximum - 1);
}
