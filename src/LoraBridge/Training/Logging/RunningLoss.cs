namespace LoraBridge.Training.Logging;

/// <summary>What a smoothed loss must keep to go on as if it had never stopped.</summary>
/// <param name="Sum">The decayed sum of losses.</param>
/// <param name="Weight">The decayed sum of their weights.</param>
public readonly record struct RunningLossState(double Sum, double Weight);

/// <summary>The exponential mean of the loss, without the bias towards nothing at the start (Kingma and Ba 2015, section 3).</summary>
public sealed class RunningLoss
{
    private readonly double _decay;

    /// <summary>Begins, or goes on from a state.</summary>
    /// <param name="decay">What a step leaves of the mean before it, 0 to below 1; 0.98 averages about the last 50.</param>
    /// <param name="state">Where it was.</param>
    public RunningLoss(double decay = 0.98, RunningLossState state = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decay);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(decay, 1);
        _decay = decay;
        State = state;
    }

    /// <summary>What to save.</summary>
    public RunningLossState State { get; private set; }

    /// <summary>The mean; null before the first loss.</summary>
    public double? Value => State.Weight > 0 ? State.Sum / State.Weight : null;

    /// <summary>Takes a step's loss; one that is not finite is left out, or the mean would stay so for ever.</summary>
    /// <returns>The mean after it; NaN before the first finite loss.</returns>
    public double Add(double loss)
    {
        if (double.IsFinite(loss)) State = new(_decay * State.Sum + (1 - _decay) * loss, _decay * State.Weight + (1 - _decay));
        return Value ?? double.NaN;
    }
}
