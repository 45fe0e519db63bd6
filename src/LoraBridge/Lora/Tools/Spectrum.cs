namespace LoraBridge.Lora.Tools;

/// <summary>What singular values say about how much of its rank a layer uses.</summary>
/// <param name="Largest">The largest singular value: the most by which any input is changed.</param>
/// <param name="Used">How many are above 1 % of the largest.</param>
/// <param name="Effective">The exponential of the entropy of their shares (Roy and Vetterli 2007): k for k equal ones.</param>
/// <param name="Stable">‖D‖² / largest²: at most the rank, and steadier than it.</param>
public sealed record Spectrum(double Largest, int Used, double Effective, double Stable)
{
    /// <summary>Of singular values in falling order; all zero for a change that changes nothing.</summary>
    public static Spectrum Of(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var largest = values.Count == 0 ? 0 : values[0];
        if (!(largest > 0)) return new(0, 0, 0, 0);
        var sum = values.Sum();
        var entropy = -values.Select(value => value / sum).Where(share => share > 0).Sum(share => share * Math.Log(share));
        return new(
            largest, values.Count(value => value > 0.01 * largest), Math.Exp(entropy), values.Sum(value => value * value) / (largest * largest));
    }
}
