namespace LoraBridge.Diffusion.Noise;

/// <summary>The Gaussian numbers of torch's CPU generator: a Mersenne twister and two forms of Box and Muller's method.</summary>
/// <remarks>A draw of 16 and more numbers works in float32 on blocks of 16, a smaller one in float64 on pairs and keeps the odd second number for later.</remarks>
internal sealed class MersenneNormals(ulong seed) : NormalGenerator
{
    private const int Block = 16;

    private readonly MersenneTwister _twister = new(unchecked((uint)seed));
    private double? _kept;

    public override void Fill(Span<float> values)
    {
        if (values.Length < Block)
        {
            for (var i = 0; i < values.Length; i++) values[i] = (float)NextPaired();
            return;
        }
        for (var i = 0; i < values.Length; i++) values[i] = NextSingle();
        for (var i = 0; i + Block <= values.Length; i += Block) Transform(values.Slice(i, Block));
        if (values.Length % Block == 0) return;

        // a rest is not a block: the last 16 numbers, some of them done already, are drawn anew
        var last = values[^Block..];
        for (var i = 0; i < Block; i++) last[i] = NextSingle();
        Transform(last);
    }

    // the first half of the block becomes the cosines, the second the sines
    private static void Transform(Span<float> block)
    {
        for (var i = 0; i < Block / 2; i++)
        {
            var radius = MathF.Sqrt(-2 * SinglePrecision.Log(1 - block[i]));
            var (sine, cosine) = SinglePrecision.SinCos(2 * MathF.PI * block[i + Block / 2]);
            block[i] = radius * cosine;
            block[i + Block / 2] = radius * sine;
        }
    }

    private double NextPaired()
    {
        if (_kept is { } kept)
        {
            _kept = null;
            return kept;
        }
        var angle = 2 * Math.PI * NextDouble();
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        _kept = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    private float NextSingle() => (_twister.NextUInt32() & 0xffffff) * (1f / (1 << 24));

    private double NextDouble()
    {
        var high = (ulong)_twister.NextUInt32();
        return (((high << 32) | _twister.NextUInt32()) & ((1ul << 53) - 1)) * (1.0 / (1ul << 53));
    }
}
