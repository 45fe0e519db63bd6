using LoraBridge.Training.Objective;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>
/// The numbers that factors begin with. Each tensor has a stream of its own, keyed by the seed and its name: what else is trained,
/// and in what order, changes nothing.
/// </summary>
internal static class InitialValues
{
    /// <summary>The stream of a tensor.</summary>
    public static RandomStream Stream(long seed, string name) => new(Hash(RandomStream.Mix(unchecked((ulong)seed), 0), name));

    /// <summary>A hash of a name, the same in every run.</summary>
    public static ulong Hash(ulong hash, string name)
    {
        foreach (var character in name) hash = RandomStream.Mix(hash, character);
        return hash;
    }

    /// <summary>Uniform within ±1/√(inputs): Kaiming's rule with a = √5 (He et al. 2015, arXiv:1502.01852), as torch's layers begin.</summary>
    /// <param name="stream">The tensor's stream.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="inputs">How many values each output is summed over.</param>
    public static Tensor Kaiming(RandomStream stream, long[] shape, long inputs)
    {
        var bound = 1 / Math.Sqrt(inputs);
        var values = new float[Count(shape)];
        for (var i = 0; i < values.Length; i++) values[i] = (float)((2 * stream.NextUniform() - 1) * bound);
        return Tensor(values, shape);
    }

    /// <summary>Normal around 0.</summary>
    public static Tensor Normal(RandomStream stream, long[] shape, double deviation)
    {
        var values = new float[Count(shape)];
        stream.FillNormals(values);
        for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] * deviation);
        return Tensor(values, shape);
    }

    private static Tensor Tensor(float[] values, long[] shape) => tensor(values, shape, dtype: ScalarType.Float32, device: CPU);

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);
}
