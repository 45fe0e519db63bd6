namespace LoraBridge.Diffusion.Noise;

/// <summary>A seeded stream of unit Gaussian numbers, the same on every machine.</summary>
public abstract class NormalGenerator
{
    /// <summary>The stream of a seed.</summary>
    public static NormalGenerator Create(NoiseOrigin origin, long seed) => origin switch
    {
        NoiseOrigin.Philox => new PhiloxNormals(unchecked((ulong)seed)),
        NoiseOrigin.Cpu => new MersenneNormals(unchecked((ulong)seed)),
        _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "Noise comes from Cpu or Philox."),
    };

    /// <summary>The first draw of a seed's stream.</summary>
    public static float[] First(NoiseOrigin origin, long seed, int count)
    {
        var values = new float[count];
        Create(origin, seed).Fill(values);
        return values;
    }

    /// <summary>Fills the buffer with the stream's next draw, as one tensor of that many values.</summary>
    public abstract void Fill(Span<float> values);
}
