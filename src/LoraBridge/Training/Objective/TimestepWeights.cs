using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Objective;

/// <summary>Distributions given by a weight for each timestep.</summary>
/// <remarks>A shift s moves fraction x to s x / (1 + (s - 1) x); a timestep's weight is the curve's where it came from, times how much it was stretched.</remarks>
internal sealed class TimestepWeights
{
    private readonly double[] _cumulative;
    private readonly long _minimum;

    public TimestepWeights(TimestepOptions options)
    {
        _minimum = options.Minimum;
        _cumulative = new double[options.Maximum - options.Minimum];
        var sum = 0.0;
        for (var i = 0; i < _cumulative.Length; i++)
        {
            var fraction = (double)i / Math.Max(1, _cumulative.Length - 1);
            var stretch = options.Shift + fraction - fraction * options.Shift;
            sum += Curve(options, fraction / stretch) * options.Shift / (stretch * stretch);
            _cumulative[i] = sum;
        }
        if (!(sum > 0) || !double.IsFinite(sum))
            throw new ArgumentException($"The timestep sampling {options.Sampling} with weight {options.Weight} and bias {options.Bias} leaves no timestep to draw: bring the bias nearer to 0.", nameof(options));
    }

    /// <summary>The timestep at a uniform number in [0, 1).</summary>
    public long Draw(double uniform)
    {
        var found = Array.BinarySearch(_cumulative, uniform * _cumulative[^1]);
        // a number that hits a sum exactly belongs to the next timestep, past those of no weight
        if (found < 0) return _minimum + ~found;
        while (found + 1 < _cumulative.Length && _cumulative[found + 1] == _cumulative[found]) found++;
        return _minimum + Math.Min(found + 1, _cumulative.Length - 1);
    }

    /// <summary>A timestep's share of all draws.</summary>
    public double Probability(long timestep)
    {
        var i = timestep - _minimum;
        return (_cumulative[i] - (i == 0 ? 0 : _cumulative[i - 1])) / _cumulative[^1];
    }

    private static double Curve(TimestepOptions options, double x)
    {
        var fromMiddle = x - 0.5 - options.Bias;
        return options.Sampling switch
        {
            TimestepSampling.CosMap => 2 / (Math.PI - 2 * Math.PI * x + 2 * Math.PI * x * x),
            TimestepSampling.Sigmoid => 1 / (1 + Math.Exp(-options.Weight * fromMiddle)),
            TimestepSampling.InvertedParabola => Math.Max(0, 2 - options.Weight * fromMiddle * fromMiddle),
            _ => throw new ArgumentException($"The timestep sampling {options.Sampling} has no table of weights.", nameof(options)),
        };
    }
}
