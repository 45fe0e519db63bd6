namespace LoraBridge.Diffusion.Noise;

/// <summary>Mixes a seed and a place in a tree into well-spread 32-bit words, as NumPy's SeedSequence does (after O'Neill's seed_seq_fe).</summary>
internal static class SeedSequence
{
    private const uint MultiplierA = 0x931e8875;
    private const uint MultiplierB = 0x58f38ded;

    /// <summary>The first word for a seed of at least 0 and the keys of a place.</summary>
    /// <param name="seed">The entropy.</param>
    /// <param name="keys">The spawn key; none for the root.</param>
    /// <param name="poolSize">How many words the entropy is spread over.</param>
    public static uint FirstWord(ulong seed, ReadOnlySpan<uint> keys, int poolSize)
    {
        var pool = Pool(Words(seed, keys, poolSize), poolSize);
        var word = pool[0] ^ 0x8b51f9dd;
        word *= unchecked(0x8b51f9dd * MultiplierB);
        return word ^ (word >> 16);
    }

    private static List<uint> Words(ulong seed, ReadOnlySpan<uint> keys, int poolSize)
    {
        List<uint> words = [(uint)seed];
        if (seed > uint.MaxValue) words.Add((uint)(seed >> 32));
        // zeros keep a seed's upper words and a place's key apart
        while (keys.Length > 0 && words.Count < poolSize) words.Add(0);
        words.AddRange(keys);
        return words;
    }

    private static uint[] Pool(List<uint> words, int poolSize)
    {
        var factor = 0x43b0d7e5u;
        var pool = new uint[poolSize];
        for (var i = 0; i < poolSize; i++) pool[i] = Hash(i < words.Count ? words[i] : 0);
        for (var from = 0; from < poolSize; from++)
            for (var to = 0; to < poolSize; to++)
                if (from != to) pool[to] = Mix(pool[to], Hash(pool[from]));
        for (var from = poolSize; from < words.Count; from++)
            for (var to = 0; to < poolSize; to++) pool[to] = Mix(pool[to], Hash(words[from]));
        return pool;

        uint Hash(uint value)
        {
            value ^= factor;
            factor *= MultiplierA;
            value *= factor;
            return value ^ (value >> 16);
        }
    }

    private static uint Mix(uint x, uint y)
    {
        var mixed = 0xca01f9dd * x - 0x4973f715 * y;
        return mixed ^ (mixed >> 16);
    }
}
