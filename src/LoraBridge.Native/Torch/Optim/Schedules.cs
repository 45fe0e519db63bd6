namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>The schedules. Most change the rate by a factor from epoch to epoch, so that several can act on one optimizer.</summary>
            public static class impl
            {
                /// <summary>The initial rate times a function of the epoch.</summary>
                public class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double>[] _factors;

                    public LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        _factors = [.. Enumerable.Repeat(lr_lambda, Groups)];
                        step();
                    }

                    public LambdaLR(Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        _factors = [.. lr_lambdas];
                        if (_factors.Length != Groups) throw new ArgumentException($"{_factors.Length} functions were given for {Groups} parameter groups.", nameof(lr_lambdas));
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) => initial * _factors[group](epoch);
                }

                /// <summary>Times gamma every step_size epochs.</summary>
                public class StepLR : LRScheduler
                {
                    private readonly int _stepSize;
                    private readonly double _gamma;

                    public StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_stepSize, _gamma) = (step_size, gamma);
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) =>
                        epoch != 0 && epoch % _stepSize == 0 ? current * _gamma : current;

                    private protected override double At(double current, double initial, int epoch, int group) => initial * Math.Pow(_gamma, epoch / _stepSize);
                }

                /// <summary>Times gamma at each milestone.</summary>
                public class MultiStepLR : LRScheduler
                {
                    private readonly HashSet<int> _milestones;
                    private readonly double _gamma;

                    public MultiStepLR(Optimizer optimizer, IList<int> milestones, double gamma = 0.1, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_milestones, _gamma) = ([.. milestones], gamma);
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) =>
                        _milestones.Contains(epoch) ? current * _gamma : current;

                    private protected override double At(double current, double initial, int epoch, int group) =>
                        initial * Math.Pow(_gamma, _milestones.Count(milestone => milestone <= epoch));
                }

                /// <summary>Times gamma at each epoch.</summary>
                public class ExponentialLR : LRScheduler
                {
                    private readonly double _gamma;

                    public ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        _gamma = gamma;
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) => epoch == 0 ? current : current * _gamma;

                    private protected override double At(double current, double initial, int epoch, int group) => initial * Math.Pow(_gamma, epoch);
                }

                /// <summary>Half a cosine from the initial rate down to eta_min in T_max epochs, then up again.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _half;
                    private readonly double _minimum;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_half, _minimum) = (T_max, eta_min);
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group)
                    {
                        if (epoch == 0) return current;
                        // at the bottom the ratio of two heights would be 0 / 0
                        if ((epoch - 1 - _half) % (2 * _half) == 0) return current + (initial - _minimum) * (1 - Math.Cos(Math.PI / _half)) / 2;
                        return (current - _minimum) * Height(epoch) / Height(epoch - 1) + _minimum;
                    }

                    private protected override double At(double current, double initial, int epoch, int group) => _minimum + (initial - _minimum) * Height(epoch) / 2;

                    private double Height(int epoch) => 1 + Math.Cos(Math.PI * epoch / _half);
                }

                /// <summary>A straight line from start_factor to end_factor times the initial rate.</summary>
                public class LinearLR : LRScheduler
                {
                    private readonly double _start;
                    private readonly double _end;
                    private readonly int _epochs;

                    public LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0, int total_iters = 5, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_start, _end, _epochs) = (start_factor, end_factor, total_iters);
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) =>
                        epoch == 0 ? current * _start : epoch > _epochs ? current : current * Factor(epoch) / Factor(epoch - 1);

                    private protected override double At(double current, double initial, int epoch, int group) => initial * Factor(Math.Min(epoch, _epochs));

                    private double Factor(int epoch) => _start + (_end - _start) * epoch / _epochs;
                }

                /// <summary>A factor times the initial rate for some epochs, the initial rate after.</summary>
                public class ConstantLR : LRScheduler
                {
                    private readonly double _factor;
                    private readonly int _epochs;

                    public ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_factor, _epochs) = (factor, total_iters);
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) =>
                        epoch == 0 ? current * _factor : epoch == _epochs ? current / _factor : current;

                    private protected override double At(double current, double initial, int epoch, int group) => epoch >= _epochs ? initial : initial * _factor;
                }

                /// <summary>(1 - epoch / total_iters) to a power times the initial rate.</summary>
                public class PolynomialLR : LRScheduler
                {
                    private readonly double _epochs;
                    private readonly double _power;

                    public PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1.0, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch, verbose)
                    {
                        (_epochs, _power) = (total_iters, power);
                        step();
                    }

                    private protected override double Next(double current, double initial, int epoch, int group) =>
                        epoch == 0 || epoch > _epochs ? current : current * Math.Pow(Left(epoch) / Left(epoch - 1), _power);

                    private protected override double At(double current, double initial, int epoch, int group) => initial * Math.Pow(Left(epoch), _power);

                    private double Left(int epoch) => 1 - Math.Min(epoch, _epochs) / _epochs;
                }
            }
        }
    }
}
