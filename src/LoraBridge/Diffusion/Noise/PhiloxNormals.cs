using System.Runtime.Intrinsics;

namespace LoraBridge.Diffusion.Noise;

/// <summary>The Gaussian numbers of torch on an NVIDIA card: Philox 4x32 with ten rounds (Salmon et al. 2011), then Box and Muller's sine.</summary>
/// <remarks>Each number has a counter of its own (its index and the number of the draw), so they could be computed in any order.</remarks>
internal sealed class PhiloxNormals(ulong seed) : NormalGenerator
{
    // rounded as the web UI's own copy rounds them
    private const double PerUnit = 1.0 / 4294967296;
    private const double AnglePerUnit = (float)(2.3283064e-10 * 6.2831855);

    private uint _draw;

    // four at a time, the last ones too: no number may depend on how many are drawn with it
    public override void Fill(Span<float> values)
    {
        Span<double> first = stackalloc double[4], second = stackalloc double[4];
        for (var i = 0; i < values.Length; i += 4)
        {
            for (var j = 0; j < 4; j++) (first[j], second[j]) = Philox(_draw, (uint)(i + j));
            var radius = Vector256.Sqrt(-2.0 * Vector256.Log(Vector256.Create<double>(first) * PerUnit + Vector256.Create(PerUnit / 2)));
            var normals = radius * Vector256.Sin(Vector256.Create<double>(second) * AnglePerUnit + Vector256.Create(AnglePerUnit / 2));
            for (var j = 0; j < Math.Min(4, values.Length - i); j++) values[i + j] = (float)normals[j];
        }
        _draw++;
    }

    // the first two words of the block whose counter is (draw, 0, index, 0)
    private (uint First, uint Second) Philox(uint draw, uint index)
    {
        var (c0, c1, c2, c3) = (draw, 0u, index, 0u);
        var (k0, k1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++)
        {
            var a = 0xD2511F53ul * c0;
            var b = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1);
    }
}
