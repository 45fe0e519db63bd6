namespace LoraBridge.Training.Objective;

/// <summary>The loss at a timestep, or near it.</summary>
/// <param name="Timestep">The timestep.</param>
/// <param name="Loss">The mean loss there, without weights.</param>
public sealed record TimestepLoss(int Timestep, double Loss);

/// <summary>Sorts losses into bands of timesteps, each around one of those at which pictures set aside are looked at.</summary>
internal static class TimestepBands
{
    /// <summary>The mean loss of each band that has any, in the order of the timesteps.</summary>
    /// <param name="losses">The timesteps of samples and their losses.</param>
    /// <param name="centers">The bands' timesteps, in any order; a sample belongs to the nearest, to the smaller of two.</param>
    public static IReadOnlyList<TimestepLoss> Of(IReadOnlyCollection<(long Timestep, double Loss)> losses, IReadOnlyList<int> centers) =>
    [
        .. losses.GroupBy(one => centers.MinBy(center => (Math.Abs(center - one.Timestep), center)), one => one.Loss)
            .OrderBy(band => band.Key).Select(band => new TimestepLoss(band.Key, band.Average())),
    ];
}
