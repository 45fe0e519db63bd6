using LoraBridge.Diffusion.Noise;

namespace LoraBridge.Training.Objective;

/// <summary>A stream of random numbers that belongs to one place of a run, the same on every machine.</summary>
/// <remarks>Normal numbers are Philox's, uniform ones SplitMix64's (Steele et al. 2014), both keyed by the place's hash.</remarks>
internal sealed class RandomStream(ulong key)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly NormalGenerator _normals = NormalGenerator.Create(NoiseOrigin.Philox, unchecked((long)key));
    private ulong _state = Mix(key, 0xD1B54A32D192ED03);

    /// <summary>The next uniform number in [0, 1).</summary>
    public double NextUniform()
    {
        _state += Golden;
        return (Scramble(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The next unit normal number.</summary>
    public double NextNormal()
    {
        Span<float> one = stackalloc float[1];
        _normals.Fill(one);
        return one[0];
    }

    /// <summary>Fills the buffer with unit normal numbers.</summary>
    public void FillNormals(Span<float> values) => _normals.Fill(values);

    /// <summary>A hash of a hash and a further value, in which every bit depends on every other.</summary>
    internal static ulong Mix(ulong hash, ulong value) => Scramble(Scramble(hash + Golden) ^ (value * Golden + 0x632BE59BD9B4E019));

    private static ulong Scramble(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
