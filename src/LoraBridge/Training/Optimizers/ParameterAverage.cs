using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>A running mean of parameters (EMA) in float32, to sample with and to save.</summary>
public sealed class ParameterAverage : IDisposable
{
    private readonly (string Name, Tensor Parameter, Tensor Mean)[] _means;
    private readonly double _decay;
    private readonly int _interval;
    private bool _isEvaluating;

    /// <summary>Begins with the parameters as they are.</summary>
    /// <param name="parameters">What is averaged.</param>
    /// <param name="decay">How much of the mean stays in the long run.</param>
    /// <param name="interval">Steps from one update to the next.</param>
    public ParameterAverage(IEnumerable<NamedParameter> parameters, double decay = 0.999, int interval = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interval);
        using var scope = NewDisposeScope();
        (_decay, _interval) = (decay, interval);
        _means = [.. parameters.Select(parameter => (parameter.Name, parameter.Tensor, parameter.Tensor.detach().to(float32, copy: true).DetachFromDisposeScope()))];
    }

    /// <summary>The optimizer steps seen so far.</summary>
    public long Steps { get; private set; }

    /// <summary>How much of the mean stays after so many steps: (1 + s) / (10 + s) until that reaches the given decay, so that the start is soon forgotten.</summary>
    public double DecayAt(long steps) => Math.Min(_decay, (1.0 + steps) / (10.0 + steps));

    /// <summary>Takes the parameters in; called once after every optimizer step.</summary>
    public void Update()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var decay = DecayAt(Steps++);
        if (Steps % _interval != 0) return;
        foreach (var (_, parameter, mean) in _means) mean.mul_(decay).add_(parameter.to(float32), 1 - decay);
    }

    /// <summary>Puts the means into the parameters until it is disposed.</summary>
    /// <exception cref="InvalidOperationException">They are there already.</exception>
    public IDisposable BeginEvaluation()
    {
        if (_isEvaluating) throw new InvalidOperationException("The means are in the parameters already.");
        _isEvaluating = true;
        return new ParameterSwap(_means.Select(entry => (entry.Parameter, (Tensor?)entry.Mean)), () => _isEvaluating = false);
    }

    /// <summary>A copy of the means and the step count.</summary>
    public SavedState State()
    {
        var saved = new SavedState();
        foreach (var (name, _, mean) in _means) saved.Add(name, mean);
        saved.Add("steps", Steps);
        return saved;
    }

    /// <summary>Goes on from a copy.</summary>
    /// <exception cref="InvalidDataException">The copy is of other parameters.</exception>
    public void Load(SavedState saved)
    {
        foreach (var (name, _, mean) in _means) saved.CopyTo(name, mean);
        Steps = (long)saved.Scalar("steps");
    }

    /// <summary>Disposes the means.</summary>
    public void Dispose()
    {
        foreach (var (_, _, mean) in _means) mean.Dispose();
    }
}
