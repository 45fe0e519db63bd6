using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>What the optimizers share: groups, one state per parameter, and the walk over both.</summary>
public abstract class OptimizerHelper : Optimizer
{
    private readonly List<ParamGroup> _groups = [];
    private readonly Dictionary<Parameter, OptimizerState> _states = new(ReferenceEqualityComparer.Instance);

    public override IEnumerable<ILearningRateController> ParamGroups => _groups;

    public override IEnumerable<Parameter> parameters() => _groups.SelectMany(group => group.Parameters);

    public override void zero_grad()
    {
        foreach (var parameter in parameters())
        {
            using var gradient = parameter.grad;
            gradient?.zero_();
        }
    }

    public override void add_param_group(ParamGroup param_group)
    {
        // a lazy sequence would be walked again at each step, and name other objects after a move
        param_group.Parameters = [.. param_group.Parameters];
        param_group.Options = Complete(param_group.Options);
        param_group.Options.InitialLearningRate = param_group.LearningRate;
        foreach (var parameter in param_group.Parameters)
        {
            var state = NewState(parameter);
            state.Initialize(param_group.Options);
            if (!_states.TryAdd(parameter, state)) throw new ArgumentException("A parameter cannot be in an optimizer twice.", nameof(param_group));
        }
        _groups.Add(param_group);
    }

    public override Tensor? step(Func<Tensor>? closure = null)
    {
        Tensor? loss = null;
        if (closure is not null)
        {
            using var grad = enable_grad();
            loss = closure();
        }
        using var noGrad = no_grad();
        foreach (var group in _groups)
        {
            foreach (var parameter in group.Parameters)
            {
                // a scope per parameter: temporaries of one, not of all
                using var scope = NewDisposeScope();
                if (parameter.grad is { } gradient) Update(parameter, gradient, group.Options, _states[parameter]);
            }
        }
        return loss;
    }

    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (var group in _groups)
        {
            var states = group.Parameters.Select(parameter => _states[parameter]).ToList();
            dictionary.StateIndexRef.Add([.. Enumerable.Range(dictionary.State.Count, states.Count)]);
            dictionary.Options.Add(group.Options);
            dictionary.State.AddRange(states);
        }
        return dictionary;
    }

    /// <summary>Copies settings and state of an optimizer over parameters of the same shapes in the same groups.</summary>
    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var mine = this.state_dict();
        if (mine.Options.Count != state_dict.Options.Count) throw new ArgumentException($"The state has {state_dict.Options.Count} parameter groups, the optimizer {mine.Options.Count}.", nameof(state_dict));
        if (mine.State.Count != state_dict.State.Count) throw new ArgumentException($"The state is of {state_dict.State.Count} parameters, the optimizer has {mine.State.Count}.", nameof(state_dict));
        foreach (var (own, source) in mine.Options.Zip(state_dict.Options))
            if (!ReferenceEquals(own, source)) own.LoadStateDict(source);
        foreach (var (own, source) in mine.State.Zip(state_dict.State))
            if (!ReferenceEquals(own, source)) own.LoadStateDict(source);
    }

    /// <summary>Moves the state to a device.</summary>
    public void to(Device device)
    {
        foreach (var state in _states.Values) state.to(device);
    }

    /// <summary>The given settings with the defaults in place of what is missing.</summary>
    private protected abstract OptimizerOptions Complete(OptimizerOptions? given);

    private protected abstract OptimizerState NewState(Parameter parameter);

    private protected abstract void Update(Parameter parameter, Tensor gradient, OptimizerOptions options, OptimizerState state);

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var state in _states.Values) state.Release();
        _states.Clear();
    }
}
