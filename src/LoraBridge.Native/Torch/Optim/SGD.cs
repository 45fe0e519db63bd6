using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>Steps against the gradient, or against its decaying sum where there is momentum.</summary>
public class SGD : OptimizerHelper, IMomentum
{
    private readonly Options _defaults;

    public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
    {
        if (!(lr >= 0)) throw new ArgumentException($"Invalid learning rate: {lr}", nameof(lr));
        if (!(momentum >= 0)) throw new ArgumentException($"Invalid momentum: {momentum}", nameof(momentum));
        if (!(weight_decay >= 0)) throw new ArgumentException($"Invalid weight decay: {weight_decay}", nameof(weight_decay));
        if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("Nesterov's form needs a momentum, and no dampening.", nameof(nesterov));
        _defaults = new Options { LearningRate = lr, InitialLearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize };
        foreach (var group in parameters) add_param_group(group);
    }

    /// <summary>The momentum of groups that are added later and name none.</summary>
    public double Momentum { get => _defaults.momentum!.Value; set => _defaults.momentum = value; }

    private protected override OptimizerOptions Complete(OptimizerOptions? given)
    {
        var options = (Options?)given ?? new Options();
        options.LearningRate ??= _defaults.LearningRate;
        options.momentum ??= _defaults.momentum;
        options.dampening ??= _defaults.dampening;
        options.weight_decay ??= _defaults.weight_decay;
        options.nesterov ??= _defaults.nesterov;
        options.maximize ??= _defaults.maximize;
        return options;
    }

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    private protected override void Update(Parameter parameter, Tensor gradient, OptimizerOptions options, OptimizerState state)
    {
        var (settings, memory) = ((Options)options, (State)state);
        if (settings.weight_decay != 0)
        {
            // when maximising, the step goes along the gradient, but the decay still shrinks the weights
            var decay = settings.weight_decay!.Value;
            gradient = gradient.add(parameter, settings.maximize == true ? -decay : decay);
        }
        if (settings.momentum is { } momentum and not 0)
        {
            if (memory.momentum_buffer is { } sum) sum.mul_(momentum).add_(gradient, 1 - settings.dampening!.Value);
            else memory.momentum_buffer = gradient.clone().DetachFromDisposeScope();
            gradient = settings.nesterov == true ? gradient.add(memory.momentum_buffer, momentum) : memory.momentum_buffer;
        }
        var lr = settings.LearningRate!.Value;
        parameter.add_(gradient, settings.maximize == true ? lr : -lr);
    }

    public class Options : OptimizerOptions
    {
        public double? momentum;
        public double? dampening;
        public double? weight_decay;
        public bool? nesterov;
        public bool? maximize;

        public override void LoadStateDict(OptimizerOptions source)
        {
            base.LoadStateDict(source);
            var other = (Options)source;
            (momentum, dampening, weight_decay, nesterov, maximize) = (other.momentum, other.dampening, other.weight_decay, other.nesterov, other.maximize);
        }
    }

    public class ParamGroup : ParamGroup<Options>, IMomentum
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : base(parameters, new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize })
        {
        }

        public double Momentum { get => Options.momentum!.Value; set => Options.momentum = value; }
    }

    /// <summary>The decaying sum of the gradients, from the first step with momentum on.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public Tensor? momentum_buffer;

        public State(Parameter parameter) : base(parameter)
        {
        }

        public override void Initialize(OptimizerOptions options)
        {
            DisposeTensors();
            momentum_buffer = null;
        }

        public override void LoadStateDict(OptimizerState source)
        {
            DisposeTensors();
            momentum_buffer = Copy(((State)source).momentum_buffer);
        }

        public override void to(Device device) => Move(ref momentum_buffer, device);

        public override bool ApproximatelyEquals(OptimizerState other) => other is State state && Close(momentum_buffer, state.momentum_buffer);

        public void Dispose() => DisposeTensors();

        private protected override void DisposeTensors() => momentum_buffer?.Dispose();
    }
}
