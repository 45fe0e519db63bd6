namespace EmojiDiffusion.Data;

/// <summary>Random numbers that belong to a place of a run (seed, step, picture …): a run that goes on needs no generator's state.</summary>
/// <remarks>SplitMix64 (Steele et al. 2014).</remarks>
internal sealed class Draws
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>The numbers of a place.</summary>
    public Draws(params ReadOnlySpan<long> place)
    {
        foreach (var part in place) _state = Scramble(_state + Golden) ^ Scramble(unchecked((ulong)part) + Golden);
    }

    /// <summary>The next number in [0, 1).</summary>
    public double Next()
    {
        _state += Golden;
        return (Scramble(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The next whole number from 0 to below a bound.</summary>
    public int Below(int bound) => (int)(Next() * bound);

    /// <summary>One of a list.</summary>
    public T Of<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    private static ulong Scramble(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
