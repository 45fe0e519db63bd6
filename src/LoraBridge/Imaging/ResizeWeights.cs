namespace LoraBridge.Imaging;

/// <summary>
/// For each pixel along one axis of a resized picture: which old pixels it is made of, and by what weights, in fixed point with
/// <see cref="FractionBits"/> bits. The rule (window, rounding of its ends, normalisation, fixed point) is that of Pillow's
/// resample, so that the results agree to the byte.
/// </summary>
internal sealed class ResizeWeights
{
    /// <summary>32 bits less 8 for the sample and 2 for filters that overshoot.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private readonly int[] _weights;
    private readonly int[] _first;
    private readonly int[] _count;
    private readonly int _most;

    public ResizeWeights(int from, int to, ResizeFilter filter)
    {
        var (kernel, radius) = Kernel(filter);
        var scale = (double)from / to;
        var widening = Math.Max(1, scale);
        var support = radius * widening;
        _most = (int)Math.Ceiling(support) * 2 + 1;
        _first = new int[to];
        _count = new int[to];
        _weights = new int[to * _most];
        var real = new double[_most];
        for (var i = 0; i < to; i++)
        {
            var middle = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(middle - support + 0.5));
            var end = Math.Min(from, (int)(middle + support + 0.5));
            var sum = 0.0;
            for (var j = first; j < end; j++)
                sum += real[j - first] = kernel((j - middle + 0.5) / widening);
            for (var j = 0; j < end - first; j++)
                _weights[i * _most + j] = ToFixed(sum != 0 ? real[j] / sum : real[j]);
            _first[i] = first;
            _count[i] = end - first;
        }
    }

    /// <summary>The first old pixel that counts for new pixel <paramref name="i"/>.</summary>
    public int First(int i) => _first[i];

    /// <summary>The weights of old pixels from <see cref="First"/> on.</summary>
    public ReadOnlySpan<int> Of(int i) => _weights.AsSpan(i * _most, _count[i]);

    private static (Func<double, double> Kernel, double Radius) Kernel(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Box => (x => x is > -0.5 and <= 0.5 ? 1 : 0, 0.5),
        ResizeFilter.Bilinear => (x => Math.Max(0, 1 - Math.Abs(x)), 1),
        ResizeFilter.Bicubic => (Cubic, 2),
        ResizeFilter.Lanczos => (x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0, 3),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "Use Box, Bilinear, Bicubic or Lanczos."),
    };

    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);

    private static int ToFixed(double weight) => (int)(weight * (1 << FractionBits) + (weight < 0 ? -0.5 : 0.5));
}
