namespace LoraBridge.Diffusion.Noise;

/// <summary>Spherical interpolation of noise, with the web UI's two peculiarities.</summary>
internal static class Slerp
{
    /// <summary>Turns one noise towards another: 0 is the first, 1 the second.</summary>
    /// <remarks>
    /// The angle is taken along the height, one for each channel and column, not over the whole tensor.
    /// Noises that are nearly parallel are mixed linearly with the two exchanged.
    /// </remarks>
    public static float[] Between(double amount, float[] from, float[] towards, LatentShape shape)
    {
        var cosines = Cosines(from, towards, shape);
        var result = new float[shape.Count];
        if (cosines.Average() > 0.9995)
        {
            for (var i = 0; i < result.Length; i++) result[i] = (float)(from[i] * amount + towards[i] * (1 - amount));
            return result;
        }
        for (var c = 0; c < shape.Channels; c++)
            for (var x = 0; x < shape.Width; x++)
            {
                var (first, second) = Weights(amount, cosines[c * shape.Width + x]);
                for (var y = 0; y < shape.Height; y++)
                {
                    var i = (c * shape.Height + y) * shape.Width + x;
                    result[i] = (float)(first * from[i] + second * towards[i]);
                }
            }
        return result;
    }

    private static (double First, double Second) Weights(double amount, double cosine)
    {
        var angle = Math.Acos(Math.Clamp(cosine, -1, 1));
        var sine = Math.Sin(angle);
        // parallel columns (always so at a height of one cell) have no plane to turn in
        return sine < 1e-6 ? (1 - amount, amount) : (Math.Sin((1 - amount) * angle) / sine, Math.Sin(amount * angle) / sine);
    }

    // one for each channel and column
    private static double[] Cosines(float[] a, float[] b, LatentShape shape)
    {
        var cosines = new double[shape.Channels * shape.Width];
        for (var c = 0; c < shape.Channels; c++)
            for (var x = 0; x < shape.Width; x++)
            {
                double aa = 0, bb = 0, ab = 0;
                for (var y = 0; y < shape.Height; y++)
                {
                    var i = (c * shape.Height + y) * shape.Width + x;
                    aa += (double)a[i] * a[i];
                    bb += (double)b[i] * b[i];
                    ab += (double)a[i] * b[i];
                }
                cosines[c * shape.Width + x] = ab / Math.Sqrt(aa * bb);
            }
        return cosines;
    }
}
