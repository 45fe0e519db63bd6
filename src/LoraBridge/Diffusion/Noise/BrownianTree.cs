namespace LoraBridge.Diffusion.Noise;

/// <summary>A Brownian path known by its seed alone: any increment of it can be asked for, in any order, and increments fit together.</summary>
/// <remarks>
/// The path is halved again and again, each middle drawn from a seed of its own given both ends (Lévy's construction; Li et al. 2020,
/// arXiv:2001.01328, section 4). Times are rounded to millionths, seeds and roundings are those of torchsde's tree, so the web UI's pictures come back.
/// </remarks>
internal sealed class BrownianTree
{
    private const int PoolSize = 24;
    private const double GridPerUnit = 1e6;

    private readonly NoiseOrigin _origin;
    private readonly ulong _seed;
    private readonly Interval _whole;

    // the left halves met in this query and in the one before; the next query mostly meets them again
    private Dictionary<(uint Key, int Depth), float[]> _met = [], _metBefore = [];

    /// <summary>A path of so many independent values over a span of time.</summary>
    public BrownianTree(NoiseOrigin origin, long seed, int count, double start, double end)
    {
        (_origin, _seed) = (origin, unchecked((ulong)seed));
        var increment = NormalGenerator.First(origin, SeedSequence.FirstWord(_seed, [], PoolSize), count);
        var spread = (float)Math.Sqrt(end - start);
        for (var i = 0; i < count; i++) increment[i] *= spread;
        _whole = new(Round(start), Round(end), 0, 0, increment);
    }

    /// <summary>How far the path moves from one time to a later one; times beyond the span are taken as its ends.</summary>
    public float[] Increment(double from, double to)
    {
        (from, to) = (Math.Max(Round(from), _whole.Start), Math.Min(Round(to), _whole.End));
        (_met, _metBefore) = ([], _met);
        float[]? sum = null;
        if (from < to) Collect(_whole, from, to, ref sum);
        return sum ?? new float[_whole.Increment.Length];
    }

    // adds the increments of the largest halves that make up the time asked for, from early to late
    private void Collect(Interval interval, double from, double to, ref float[]? sum)
    {
        if (from <= interval.Start && to >= interval.End)
        {
            if (sum is null) sum = [.. interval.Increment];
            else for (var i = 0; i < sum.Length; i++) sum[i] += interval.Increment[i];
            return;
        }
        var middle = Round(0.5 * (interval.Start + interval.End));
        var left = LeftHalf(interval, middle);
        if (from < middle) Collect(new(interval.Start, middle, 2 * interval.Key, interval.Depth + 1, left), from, to, ref sum);
        if (to <= middle) return;
        var right = new float[left.Length];
        for (var i = 0; i < right.Length; i++) right[i] = interval.Increment[i] - left[i];
        Collect(new(middle, interval.End, 2 * interval.Key + 1, interval.Depth + 1, right), from, to, ref sum);
    }

    // the increment of the left half given that of the whole: a Brownian bridge
    private float[] LeftHalf(Interval interval, double middle)
    {
        var place = (interval.Key, interval.Depth);
        if (!_met.TryGetValue(place, out var left) && !_metBefore.TryGetValue(place, out left))
        {
            left = NormalGenerator.First(_origin, SeedSequence.FirstWord(_seed, [interval.Key, (uint)interval.Depth], PoolSize), interval.Increment.Length);
            var (before, after) = (middle - interval.Start, interval.End - middle);
            var perLength = 1 / (interval.End - interval.Start);
            var spread = (float)Math.Sqrt(before * after * perLength);
            for (var i = 0; i < left.Length; i++) left[i] = (float)before * interval.Increment[i] * (float)perLength + spread * left[i];
        }
        return _met[place] = left;
    }

    // to the nearest millionth, decided exactly: a tie in decimals is hardly ever one in binary
    private static double Round(double time)
    {
        var below = Math.Floor(time * GridPerUnit);
        var beyondHalf = Math.FusedMultiplyAdd(time, GridPerUnit, -(below + 0.5));
        var up = beyondHalf > 0 || (beyondHalf == 0 && below % 2 != 0);
        return (up ? below + 1 : below) / GridPerUnit;
    }

    private readonly record struct Interval(double Start, double End, uint Key, int Depth, float[] Increment);
}
