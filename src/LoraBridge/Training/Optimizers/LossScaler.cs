namespace LoraBridge.Training.Optimizers;

/// <summary>Scales the loss so that gradients of half precision do not vanish: twice as much after many good steps, half as much after an overflow.</summary>
/// <remarks>Micikevicius et al. 2017 (arXiv:1710.03740), with torch's numbers. Only float16 needs it.</remarks>
public sealed class LossScaler
{
    /// <summary>The factor that training begins with.</summary>
    public const double InitialScale = 65536;

    /// <summary>Good steps after which the factor doubles.</summary>
    public const int GrowthInterval = 2000;

    private int _goodSteps;

    /// <summary>A scaler; one that is not enabled scales by 1 for ever.</summary>
    public LossScaler(bool enabled) => (IsEnabled, Scale) = (enabled, enabled ? InitialScale : 1);

    /// <summary>Whether it scales.</summary>
    public bool IsEnabled { get; }

    /// <summary>The factor on the next loss, by which gradients are divided again.</summary>
    public double Scale { get; private set; }

    /// <summary>Learns whether a step's gradients were finite.</summary>
    public void Update(bool wereFinite)
    {
        if (!IsEnabled) return;
        if (!wereFinite) (Scale, _goodSteps) = (Scale / 2, 0);
        else if (++_goodSteps == GrowthInterval) (Scale, _goodSteps) = (Scale * 2, 0);
    }

    /// <summary>The factor and the count of good steps.</summary>
    public SavedState State()
    {
        var saved = new SavedState();
        saved.Add("scale", Scale);
        saved.Add("good_steps", _goodSteps);
        return saved;
    }

    /// <summary>Goes on from a saved factor; a scaler that is not enabled stays at 1.</summary>
    /// <exception cref="InvalidDataException">The state is not a scaler's.</exception>
    public void Load(SavedState saved)
    {
        if (IsEnabled) (Scale, _goodSteps) = (saved.Scalar("scale"), (int)saved.Scalar("good_steps"));
    }
}
