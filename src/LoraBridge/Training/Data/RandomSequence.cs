using System.Diagnostics;

namespace LoraBridge.Training.Data;

/// <summary>
/// Random numbers for the order and the variation of training data: SplitMix64 (Steele, Lea and Flood 2014), started from a seed and
/// keys such as the epoch and the picture. What one visit draws depends on nothing that was drawn before it, so a run can go on anywhere.
/// </summary>
public sealed class RandomSequence
{
    private const ulong Golden = 0x9e3779b97f4a7c15;

    private ulong _state;

    /// <summary>Begins at a state; equal states give equal numbers on every machine.</summary>
    public RandomSequence(ulong state) => _state = state;

    /// <summary>The stream that belongs to a seed and keys; their order matters.</summary>
    public static RandomSequence For(long seed, params ReadOnlySpan<long> keys)
    {
        var state = Mix((ulong)seed + Golden);
        foreach (var key in keys) state = Mix(state ^ Mix((ulong)key + Golden)) + Golden;
        return new(state);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64() => Mix(_state += Golden);

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>An integer from 0 to <paramref name="count"/> - 1, each equally likely (Lemire 2019).</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var bound = (ulong)count;
        var high = Math.BigMul(NextUInt64(), bound, out var low);
        if (low < bound)
        {
            var uneven = (0 - bound) % bound;
            while (low < uneven) high = Math.BigMul(NextUInt64(), bound, out low);
        }
        return (int)high;
    }

    /// <summary>True with a probability from 0 (never) to 1 (always).</summary>
    public bool Chance(double probability)
    {
        Debug.Assert(probability is >= 0 and <= 1, "a probability");
        return NextDouble() < probability;
    }

    /// <summary>Puts the items into a random order, each equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = Next(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
