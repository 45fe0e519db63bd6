namespace LoraBridge.Diffusion.Sampling;

/// <summary>The beta distribution on [0, 1]: its cumulative probability and the inverse of that.</summary>
internal sealed class BetaDistribution
{
    // C = Γ(a + b) / (Γ(a) Γ(b))
    private readonly double _a, _b, _logC;

    public BetaDistribution(double a, double b)
    {
        if (!(a > 0 && b > 0)) throw new ArgumentOutOfRangeException(nameof(a), $"The beta distribution needs alpha and beta above 0, not {a} and {b}.");
        (_a, _b) = (a, b);
        _logC = LogGamma(a + b) - LogGamma(a) - LogGamma(b);
    }

    /// <summary>The probability of a value at most <paramref name="x"/>: the regularised incomplete beta function.</summary>
    public double Cumulative(double x)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        var front = Math.Exp(_logC + _a * Math.Log(x) + _b * Math.Log(1 - x));
        // the continued fraction converges fast below the mean; above it, count from the other end
        return x < (_a + 1) / (_a + _b + 2)
            ? front * ContinuedFraction(_a, _b, x) / _a
            : 1 - front * ContinuedFraction(_b, _a, 1 - x) / _b;
    }

    /// <summary>The value that is not exceeded with probability <paramref name="p"/>.</summary>
    public double Quantile(double p)
    {
        if (p <= 0) return 0;
        if (p >= 1) return 1;
        // bisection to the last bit: a hundred evaluations, and it cannot fail where the density is infinite (a or b below 1)
        var (low, high) = (0.0, 1.0);
        while (true)
        {
            var middle = (low + high) / 2;
            if (middle <= low || middle >= high) return middle;
            if (Cumulative(middle) < p) low = middle;
            else high = middle;
        }
    }

    // I_x(a, b) a / front as Lentz's continued fraction
    private static double ContinuedFraction(double a, double b, double x)
    {
        const double Tiny = 1e-300;
        var c = 1.0;
        var d = Reciprocal(1 - (a + b) * x / (a + 1));
        var h = d;
        for (var m = 1; m <= 500; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = Reciprocal(1 + even * d);
            c = NotZero(1 + even / c);
            h *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = Reciprocal(1 + odd * d);
            c = NotZero(1 + odd / c);
            h *= d * c;
            if (Math.Abs(d * c - 1) < 1e-15) break;
        }
        return h;

        static double NotZero(double value) => Math.Abs(value) < Tiny ? Tiny : value;
        static double Reciprocal(double value) => 1 / NotZero(value);
    }

    // Stirling's series, after raising the argument until it is accurate
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 15; x++) shift -= Math.Log(x);
        var inverse = 1 / x;
        var square = inverse * inverse;
        var series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
        return shift + (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series;
    }
}
