namespace LoraBridge.Diffusion.Noise;

/// <summary>Logarithm, sine and cosine as the vector code inside torch computes them in float32, to the last bit.</summary>
/// <remarks>
/// The polynomials are Cephes' (Moshier 1992). Where torch's compiler fuses a product into a sum, so must this:
/// one rounding more and about one normal number in a hundred differs.
/// </remarks>
internal static class SinglePrecision
{
    private static readonly float[] s_log =
    [
        7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
        -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f,
    ];

    /// <summary>The natural logarithm of a normal number above 0.</summary>
    public static float Log(float x)
    {
        // x = mantissa 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)), less 1
        var bits = BitConverter.SingleToInt32Bits(x);
        var exponent = (bits >> 23) - 126f;
        var mantissa = BitConverter.Int32BitsToSingle((bits & 0x7fffff) | 0x3f000000);
        var f = mantissa - 1;
        if (mantissa < 0.707106781f)
        {
            exponent--;
            f += mantissa;
        }

        var square = f * f;
        var y = Polynomial(s_log, f) * f;
        y = Fma(y, square, exponent * -2.12194440e-4f);
        y = Fma(square, -0.5f, y);
        return Fma(exponent, 0.693359375f, f + y);
    }

    /// <summary>Sine and cosine of an angle of at least 0.</summary>
    public static (float Sine, float Cosine) SinCos(float x)
    {
        // the nearest multiple of π/2, subtracted in three parts so that nothing is lost
        var octant = ((int)(x * 1.27323954f) + 1) & ~1;
        var r = Fma(octant, -0.78515625f, x);
        r = Fma(octant, -2.4187564849853515625e-4f, r);
        r = Fma(octant, -3.77489497744594108e-8f, r);

        var square = r * r;
        var even = Fma(Fma(2.443315711809948e-5f, square, -1.388731625493765e-3f), square, 4.166664568298827e-2f) * square;
        even = Fma(even, square, -(square * 0.5f)) + 1;
        var odd = Fma(Fma(-1.9515295891e-4f, square, 8.3321608736e-3f), square, -1.6666654611e-1f) * square;
        odd = Fma(odd, r, r);

        return (octant & 6) switch
        {
            0 => (odd, even),
            2 => (even, -odd),
            4 => (-odd, -even),
            _ => (-even, odd),
        };
    }

    private static float Polynomial(float[] coefficients, float x)
    {
        var y = coefficients[0];
        for (var i = 1; i < coefficients.Length; i++) y = Fma(y, x, coefficients[i]);
        return y;
    }

    private static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);
}
