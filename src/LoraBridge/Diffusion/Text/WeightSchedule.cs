namespace LoraBridge.Diffusion.Text;

/// <summary>How an adapter's weight goes during a run: nothing outside a window, a straight line inside.</summary>
public sealed record WeightSchedule
{
    /// <summary>The full weight all the way.</summary>
    public static WeightSchedule Constant { get; } = new();

    /// <summary>The fraction of the run at which it begins, 0 to 1.</summary>
    public double Start { get; init; }

    /// <summary>The fraction of the run at which it ends, 0 to 1.</summary>
    public double Stop { get; init; } = 1;

    /// <summary>The factor at the window's begin.</summary>
    public double From { get; init; } = 1;

    /// <summary>The factor at the window's end.</summary>
    public double To { get; init; } = 1;

    /// <summary>The factor at a fraction of the run.</summary>
    public double At(double fraction) =>
        fraction < Start || fraction >= Stop ? 0 : From + (To - From) * (fraction - Start) / (Stop - Start);
}
