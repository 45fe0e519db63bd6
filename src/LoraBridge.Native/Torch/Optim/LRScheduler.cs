namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>Sets the learning rates of an optimizer's groups, once when it is made and then at each step.</summary>
            public abstract class LRScheduler
            {
                private readonly ILearningRateController[] _groups;
                private readonly double[] _initial;
                private readonly double[] _last;
                private readonly bool _verbose;
                private int _epoch;

                private protected LRScheduler(Optimizer optimizer, int last_epoch, bool verbose)
                {
                    ArgumentNullException.ThrowIfNull(optimizer);
                    _groups = [.. optimizer.ParamGroups];
                    _initial = [.. _groups.Select(group => group.InitialLearningRate)];
                    _last = [.. _groups.Select(group => group.LearningRate)];
                    _epoch = last_epoch;
                    _verbose = verbose;
                }

                private protected int Groups => _groups.Length;

                public virtual void step() => step(null);

                /// <summary>Goes to the next epoch, or to the given one; what was set from outside in between is built upon in the first case only.</summary>
                public virtual void step(int? epoch)
                {
                    _epoch = epoch ?? _epoch + 1;
                    for (var group = 0; group < Groups; group++)
                    {
                        var rate = epoch is null
                            ? Next(_groups[group].LearningRate, _initial[group], _epoch, group)
                            : At(_groups[group].LearningRate, _initial[group], _epoch, group);
                        _groups[group].LearningRate = rate;
                        if (_verbose && rate != _last[group]) Console.WriteLine($"Adjusting learning rate to {rate}");
                        _last[group] = rate;
                    }
                }

                public IEnumerable<double> get_last_lr() => _last;

                /// <summary>The rate of an epoch, from the rate of the one before.</summary>
                private protected abstract double Next(double current, double initial, int epoch, int group);

                /// <summary>The rate of an epoch by itself.</summary>
                private protected virtual double At(double current, double initial, int epoch, int group) => Next(current, initial, epoch, group);
            }

            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) =>
                new impl.LambdaLR(optimizer, lr_lambda, last_epoch, verbose);

            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new impl.StepLR(optimizer, step_size, gamma, last_epoch, verbose);

            public static LRScheduler MultiStepLR(Optimizer optimizer, IList<int> milestones, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new impl.MultiStepLR(optimizer, milestones, gamma, last_epoch, verbose);

            public static LRScheduler ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new impl.ExponentialLR(optimizer, gamma, last_epoch, verbose);

            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose);

            public static LRScheduler LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0, int total_iters = 5, int last_epoch = -1, bool verbose = false) =>
                new impl.LinearLR(optimizer, start_factor, end_factor, total_iters, last_epoch, verbose);

            public static LRScheduler ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false) =>
                new impl.ConstantLR(optimizer, factor, total_iters, last_epoch, verbose);

            public static LRScheduler PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1.0, int last_epoch = -1, bool verbose = false) =>
                new impl.PolynomialLR(optimizer, total_iters, power, last_epoch, verbose);
        }
    }
}
