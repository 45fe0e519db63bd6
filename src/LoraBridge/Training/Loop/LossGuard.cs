using LoraBridge.Training.Optimizers;

namespace LoraBridge.Training.Loop;

/// <summary>What is to be done after a step.</summary>
internal enum GuardVerdict
{
    /// <summary>Go on.</summary>
    GoOn,

    /// <summary>Go back to the last good state, at a lower rate.</summary>
    RollBack,

    /// <summary>End the run: it cannot be saved.</summary>
    Stop,
}

/// <summary>
/// Watches for steps whose gradients are no numbers. A few in a row are left out; then the run goes back to its last good state
/// and on at half the rate, and after several such returns it ends.
/// </summary>
internal sealed class LossGuard
{
    private const int MostBadSteps = 5, MostReturns = 3;

    private int _badSteps;

    /// <summary>By what learning rates are multiplied.</summary>
    public double RateFactor { get; private set; } = 1;

    /// <summary>How often the run went back.</summary>
    public int Returns { get; private set; }

    /// <summary>Learns how a step went.</summary>
    /// <param name="isFinite">Whether loss and gradients were numbers.</param>
    /// <param name="isScaled">Whether a loss scaler is looking for its scale, which overflows now and then by design.</param>
    public GuardVerdict After(bool isFinite, bool isScaled)
    {
        _badSteps = isFinite ? 0 : _badSteps + 1;
        if (_badSteps < MostBadSteps * (isScaled ? 4 : 1)) return GuardVerdict.GoOn;
        _badSteps = 0;
        if (Returns >= MostReturns) return GuardVerdict.Stop;
        Returns++;
        RateFactor /= 2;
        return GuardVerdict.RollBack;
    }

    public SavedState State()
    {
        var state = new SavedState();
        state.Add("bad_steps", _badSteps);
        state.Add("returns", Returns);
        state.Add("rate_factor", RateFactor);
        return state;
    }

    public void Load(SavedState saved) =>
        (_badSteps, Returns, RateFactor) = ((int)saved.Scalar("bad_steps"), (int)saved.Scalar("returns"), saved.Scalar("rate_factor"));
}
