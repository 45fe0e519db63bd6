namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>The rules again, element by element in float64 and without tensors: what the optimizers are compared with.</summary>
/// <param name="weights">The parameters, moved in place.</param>
/// <param name="rates">The learning rate of each parameter.</param>
/// <param name="decays">The weight decay of each parameter.</param>
internal abstract class PlainOptimizer(double[][] weights, double[] rates, double[] decays)
{
    /// <summary>The parameters as they are now.</summary>
    public double[][] Current => weights;

    protected double[][] Weights => weights;
    protected double[] Rates => rates;
    protected double[] Decays => decays;
    protected int Step { get; private set; }

    public void Move(double[][] gradients)
    {
        Step++;
        Run(gradients);
    }

    protected abstract void Run(double[][] gradients);

    protected double[][] Zeros() => [.. weights.Select(weight => new double[weight.Length])];

    protected IEnumerable<(int Parameter, int Element)> Elements() =>
        from i in Enumerable.Range(0, weights.Length)
        from j in Enumerable.Range(0, weights[i].Length)
        select (i, j);
}

internal sealed class PlainAdamW : PlainOptimizer
{
    private readonly double[][] _m, _v;

    public PlainAdamW(double[][] weights, double[] rates, double[] decays) : base(weights, rates, decays) => (_m, _v) = (Zeros(), Zeros());

    protected override void Run(double[][] gradients)
    {
        foreach (var (i, j) in Elements())
        {
            var g = gradients[i][j];
            Weights[i][j] *= 1 - Rates[i] * Decays[i];
            _m[i][j] = 0.9 * _m[i][j] + 0.1 * g;
            _v[i][j] = 0.999 * _v[i][j] + 0.001 * g * g;
            var (m, v) = (_m[i][j] / (1 - Math.Pow(0.9, Step)), _v[i][j] / (1 - Math.Pow(0.999, Step)));
            Weights[i][j] -= Rates[i] * m / (Math.Sqrt(v) + 1e-8);
        }
    }
}

internal sealed class PlainLion : PlainOptimizer
{
    private readonly double[][] _m;

    public PlainLion(double[][] weights, double[] rates, double[] decays) : base(weights, rates, decays) => _m = Zeros();

    protected override void Run(double[][] gradients)
    {
        foreach (var (i, j) in Elements())
        {
            Weights[i][j] *= 1 - Rates[i] * Decays[i];
            Weights[i][j] -= Rates[i] * Math.Sign(0.9 * _m[i][j] + 0.1 * gradients[i][j]);
            _m[i][j] = 0.99 * _m[i][j] + 0.01 * gradients[i][j];
        }
    }
}

internal sealed class PlainSgd : PlainOptimizer
{
    private readonly double[][] _b;

    public PlainSgd(double[][] weights, double[] rates, double[] decays) : base(weights, rates, decays) => _b = Zeros();

    protected override void Run(double[][] gradients)
    {
        foreach (var (i, j) in Elements())
        {
            var g = gradients[i][j] + Decays[i] * Weights[i][j];
            _b[i][j] = 0.9 * _b[i][j] + g;
            Weights[i][j] -= Rates[i] * (g + 0.9 * _b[i][j]);
        }
    }
}

internal sealed class PlainAdafactor : PlainOptimizer
{
    private readonly int[] _columns;
    private readonly bool _isRelative;
    private readonly double[][] _r, _c, _v;

    /// <param name="weights">The parameters.</param>
    /// <param name="rates">Their learning rates.</param>
    /// <param name="decays">Their weight decays.</param>
    /// <param name="columns">The columns of each parameter as a matrix; 0 for a vector.</param>
    /// <param name="isRelative">Find the rate, and scale it by the parameter.</param>
    public PlainAdafactor(double[][] weights, double[] rates, double[] decays, int[] columns, bool isRelative) : base(weights, rates, decays)
    {
        (_columns, _isRelative, _v) = (columns, isRelative, Zeros());
        _r = [.. weights.Select((weight, i) => new double[columns[i] == 0 ? 0 : weight.Length / columns[i]])];
        _c = [.. columns.Select(count => new double[count])];
    }

    protected override void Run(double[][] gradients)
    {
        var beta = 1 - Math.Pow(Step, -0.8);
        for (var i = 0; i < Weights.Length; i++)
        {
            var (g, w, n) = (gradients[i], Weights[i], _columns[i]);
            var squares = g.Select(x => x * x + 1e-30).ToArray();
            double[] update;
            if (n == 0)
            {
                for (var j = 0; j < g.Length; j++) _v[i][j] = beta * _v[i][j] + (1 - beta) * squares[j];
                update = [.. g.Select((x, j) => x / Math.Sqrt(_v[i][j]))];
            }
            else
            {
                var m = g.Length / n;
                for (var row = 0; row < m; row++) _r[i][row] = beta * _r[i][row] + (1 - beta) * Enumerable.Range(0, n).Average(column => squares[row * n + column]);
                for (var column = 0; column < n; column++) _c[i][column] = beta * _c[i][column] + (1 - beta) * Enumerable.Range(0, m).Average(row => squares[row * n + column]);
                update = [.. g.Select((x, j) => x / Math.Sqrt(_r[i][j / n] / _r[i].Average()) / Math.Sqrt(_c[i][j % n]))];
            }
            var size = Math.Sqrt(update.Average(x => x * x));
            var rate = _isRelative ? Math.Min(1e-2, 1 / Math.Sqrt(Step)) * Math.Max(1e-3, Math.Sqrt(w.Average(x => x * x))) : Rates[i];
            for (var j = 0; j < w.Length; j++) w[j] += -rate * Decays[i] * w[j] - rate * update[j] / Math.Max(1, size);
        }
    }
}

internal sealed class PlainProdigy : PlainOptimizer
{
    private readonly double[][] _start, _m, _v, _s;
    private readonly bool _safeguard, _correct;
    private double _max, _numerator;

    public PlainProdigy(double[][] weights, double[] rates, double[] decays, bool safeguard, bool correct) : base(weights, rates, decays)
    {
        (_safeguard, _correct, _m, _v, _s) = (safeguard, correct, Zeros(), Zeros(), Zeros());
        _start = [.. weights.Select(weight => weight.ToArray())];
        D = _max = D0;
    }

    public const double D0 = 1e-3;

    public double D { get; private set; }

    protected override void Run(double[][] gradients)
    {
        var beta3 = Math.Sqrt(0.999);
        var correction = _correct ? Math.Sqrt(1 - Math.Pow(0.999, Step)) / (1 - Math.Pow(0.9, Step)) : 1;
        var d = D;
        _numerator *= beta3;
        var denominator = 0.0;
        foreach (var (i, j) in Elements())
        {
            var (g, rate) = (gradients[i][j], d * Rates[i] * correction);
            _numerator += d / D0 * rate * g * (_start[i][j] - Weights[i][j]);
            _m[i][j] = 0.9 * _m[i][j] + d * 0.1 * g;
            _v[i][j] = 0.999 * _v[i][j] + d * d * 0.001 * g * g;
            _s[i][j] = beta3 * _s[i][j] + d / D0 * (_safeguard ? d : rate) * g;
            denominator += Math.Abs(_s[i][j]);
        }
        var estimate = _numerator / denominator;
        if (D == D0) D = Math.Max(D, estimate);
        _max = Math.Max(_max, estimate);
        D = _max;
        foreach (var (i, j) in Elements())
        {
            var rate = d * Rates[i] * correction;
            Weights[i][j] *= 1 - Decays[i] * rate;
            Weights[i][j] -= rate * _m[i][j] / (Math.Sqrt(_v[i][j]) + D * 1e-8);
        }
    }
}

internal sealed class PlainDAdapt : PlainOptimizer
{
    private readonly double[][] _m, _v, _s;
    private double _numerator;

    public PlainDAdapt(double[][] weights, double[] rates, double[] decays) : base(weights, rates, decays) => (_m, _v, _s) = (Zeros(), Zeros(), Zeros());

    public double D { get; private set; } = PlainProdigy.D0;

    protected override void Run(double[][] gradients)
    {
        var beta = Math.Sqrt(0.999);
        var (d, gained, length) = (D, 0.0, 0.0);
        foreach (var (i, j) in Elements())
        {
            var (g, rate) = (gradients[i][j], d * Rates[i]);
            gained += rate * g * _s[i][j] / (Math.Sqrt(_v[i][j]) + 1e-8);
            _m[i][j] = 0.9 * _m[i][j] + rate * 0.1 * g;
            _v[i][j] = 0.999 * _v[i][j] + 0.001 * g * g;
            _s[i][j] = beta * _s[i][j] + rate * (1 - beta) * g;
            length += Math.Abs(_s[i][j]);
        }
        _numerator = beta * _numerator + (1 - beta) * gained;
        D = Math.Max(D, _numerator / ((1 - beta) * length));
        foreach (var (i, j) in Elements())
            Weights[i][j] = Weights[i][j] * (1 - Decays[i] * d * Rates[i]) - _m[i][j] / (Math.Sqrt(_v[i][j]) + 1e-8);
    }
}

internal sealed class PlainScheduleFree : PlainOptimizer
{
    private readonly double[][] _z, _v;
    private readonly double[] _sums;

    public PlainScheduleFree(double[][] weights, double[] rates, double[] decays) : base(weights, rates, decays)
    {
        (_v, _sums) = (Zeros(), new double[weights.Length]);
        _z = [.. weights.Select(weight => weight.ToArray())];
        Average = [.. weights.Select(weight => weight.ToArray())];
    }

    public double[][] Average { get; }

    protected override void Run(double[][] gradients)
    {
        for (var i = 0; i < Weights.Length; i++)
        {
            _sums[i] += Rates[i] * Rates[i];
            var share = Rates[i] * Rates[i] / _sums[i];
            for (var j = 0; j < Weights[i].Length; j++)
            {
                var g = gradients[i][j];
                _v[i][j] = 0.999 * _v[i][j] + 0.001 * g * g;
                var root = Math.Sqrt(_v[i][j] / (1 - Math.Pow(0.999, Step))) + 1e-8;
                _z[i][j] -= Rates[i] * (g / root + Decays[i] * Weights[i][j]);
                Average[i][j] = (1 - share) * Average[i][j] + share * _z[i][j];
                Weights[i][j] = 0.1 * _z[i][j] + 0.9 * Average[i][j];
            }
        }
    }
}
