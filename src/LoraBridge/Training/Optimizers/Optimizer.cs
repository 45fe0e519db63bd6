using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>A rule that moves parameters against their gradients.</summary>
/// <remarks>
/// State is float32 whatever the parameters are. Parameters in half precision keep beside them what rounding took away, so that steps
/// smaller than their last digit add up. A parameter without a gradient rests: neither its state nor its step count moves.
/// </remarks>
public abstract class Optimizer : IDisposable
{
    private const string StepCounts = "steps";

    private readonly ParameterState[] _states;
    private bool _isEvaluating;

    /// <summary>Makes the state of every parameter.</summary>
    /// <exception cref="ArgumentException">There are no parameters, or two have the same name, or one is no floating-point tensor.</exception>
    protected Optimizer(IEnumerable<ParameterGroup> groups)
    {
        Groups = [.. groups];
        _states = [.. Groups.SelectMany((group, index) => group.Parameters.Select(parameter => new ParameterState(group, index, parameter)))];
        if (_states.Length == 0) throw new ArgumentException("There is nothing to train: no group has a parameter.", nameof(groups));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var state in _states)
        {
            if (!names.Add(state.Name)) throw new ArgumentException($"The parameter '{state.Name}' stands twice in the groups; give each a name of its own.", nameof(groups));
            if (!state.Parameter.is_floating_point()) throw new ArgumentException($"The parameter '{state.Name}' is {state.Parameter.dtype}; only floating-point tensors can be trained.", nameof(groups));
        }
    }

    /// <summary>The groups, whose learning rates may be set between steps.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Every parameter, group by group.</summary>
    public IEnumerable<Tensor> Parameters => _states.Select(state => state.Parameter);

    /// <summary>The steps taken so far, over resumes.</summary>
    public long Steps { get; private set; }

    /// <summary>What a group's learning rate comes to in this step, for logs: with Prodigy and D-Adaptation d times its rate.</summary>
    public virtual double EffectiveLearningRate(ParameterGroup group) => group.LearningRate;

    /// <summary>Sets every group's learning rate to its base rate times the schedule's factor.</summary>
    public void ScaleLearningRates(double factor)
    {
        foreach (var group in Groups) group.LearningRate = group.BaseLearningRate * factor;
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="gradientFactor">What gradients are multiplied by, in float32: one over the loss's scale, or less to clip them.</param>
    /// <exception cref="InvalidOperationException">The parameters are swapped for evaluation.</exception>
    public void Step(double gradientFactor = 1)
    {
        if (_isEvaluating) throw new InvalidOperationException("The parameters are swapped for evaluation: dispose what BeginEvaluation returned before the next step.");
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Steps++;
        ParameterState[] active = [.. _states.Where(HasGradient)];
        foreach (var state in active)
        {
            using var one = NewDisposeScope();
            state.Steps++;
            if (LooksFirst) Look(state, state.Value(), state.Gradient(gradientFactor));
        }
        Adapt();
        foreach (var state in active)
        {
            using var one = NewDisposeScope();
            var value = state.Value();
            Move(state, value, state.Gradient(gradientFactor));
            state.Store(value);
        }
    }

    /// <summary>Drops the gradients, so that the next backward pass makes new ones.</summary>
    public void ZeroGradients()
    {
        foreach (var state in _states) state.Parameter.grad = null;
    }

    /// <summary>Swaps in the values to draw samples with and to save (the averaged ones of schedule-free rules) until it is disposed; others keep theirs.</summary>
    /// <exception cref="InvalidOperationException">They are swapped already.</exception>
    public IDisposable BeginEvaluation()
    {
        if (_isEvaluating) throw new InvalidOperationException("The parameters are swapped for evaluation already.");
        _isEvaluating = true;
        return new ParameterSwap(_states.Select(state => (state.Parameter, EvaluationValue(state))), () => _isEvaluating = false);
    }

    /// <summary>A copy of everything that the next step depends on besides the parameters, the gradients and the groups' rates.</summary>
    public SavedState State()
    {
        var saved = new SavedState();
        using var counts = tensor(_states.Select(state => state.Steps).ToArray(), dtype: int64);
        saved.Add(StepCounts, counts);
        saved.Add(StepCounts, Steps);
        SaveScalars(saved);
        foreach (var state in _states) state.Save(saved);
        return saved;
    }

    /// <summary>Goes on from a copy; the parameters are loaded by themselves, before this.</summary>
    /// <exception cref="InvalidDataException">The state is of another optimizer or of other parameters.</exception>
    public void Load(SavedState saved)
    {
        using var scope = NewDisposeScope();
        var counts = zeros(_states.Length, dtype: int64);
        saved.CopyTo(StepCounts, counts);
        var steps = counts.data<long>().ToArray();
        foreach (var state in _states) state.Load(saved);
        for (var i = 0; i < steps.Length; i++) _states[i].Steps = steps[i];
        LoadScalars(saved);
        Steps = (long)saved.Scalar(StepCounts);
        using var frozen = no_grad();
        foreach (var state in _states) AfterLoad(state);
    }

    /// <summary>Disposes the state; the parameters belong to their owner.</summary>
    public void Dispose()
    {
        foreach (var state in _states) state.Dispose();
        GC.SuppressFinalize(this);
    }

    // Whether Look wants to see all gradients before the first parameter moves.
    private protected virtual bool LooksFirst => false;

    private protected virtual void Look(ParameterState state, Tensor value, Tensor gradient)
    {
    }

    // Called once a step, after all were looked at and before the first moves.
    private protected virtual void Adapt()
    {
    }

    // Moves the value, float32, in place.
    private protected abstract void Move(ParameterState state, Tensor value, Tensor gradient);

    private protected virtual Tensor? EvaluationValue(ParameterState state) => null;

    private protected virtual void AfterLoad(ParameterState state)
    {
    }

    private protected virtual void SaveScalars(SavedState saved)
    {
    }

    private protected virtual void LoadScalars(SavedState saved)
    {
    }

    private protected void ForEach(Action<ParameterState> prepare)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var state in _states) prepare(state);
    }

    private static bool HasGradient(ParameterState state)
    {
        using var gradient = state.Parameter.grad;
        return gradient is not null;
    }
}
