using LoraBridge.Diffusion;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Objective;

/// <summary>How much each timestep's loss counts: the product of all weights that are switched on.</summary>
public static class LossWeights
{
    // SNR counts as at most this in the peers' formulas.
    private const double GreatestSnr = 1000;

    /// <summary>The weight of every timestep.</summary>
    /// <exception cref="ArgumentException">A weight is for the other kind of prediction, or infinite where the SNR is 0.</exception>
    public static double[] Table(LossOptions options, NoiseSchedule schedule, PredictionType type)
    {
        if (options.ScaleVPredictionLikeNoise && type != PredictionType.V)
            throw new ArgumentException("Scaling v-prediction's loss like noise prediction's needs a v-predicting model, and this one predicts noise: leave it out.", nameof(options));
        if (options.VPredictionLikeLoss is not null && type != PredictionType.Epsilon)
            throw new ArgumentException("A loss like v-prediction's is for models that predict noise, and this one predicts v already: leave it out.", nameof(options));
        double[] weights = [.. Enumerable.Range(0, schedule.Length).Select(timestep => Weight(options, schedule, type, timestep))];
        var endless = Array.FindIndex(weights, weight => !double.IsFinite(weight));
        if (endless >= 0)
            throw new ArgumentException($"The loss weight of timestep {endless} is infinite, because nothing of the picture is left there (zero terminal SNR): train with v-prediction, or without these weights.", nameof(options));
        return weights;
    }

    private static double Weight(LossOptions options, NoiseSchedule schedule, PredictionType type, int timestep)
    {
        var snr = schedule.Snr(timestep);
        var like = Math.Min(snr, GreatestSnr) / (Math.Min(snr, GreatestSnr) + 1);
        var weight = 1.0;
        if (options.MinSnrGamma is { } gamma) weight *= schedule.MinSnrWeight(timestep, gamma, type);
        if (options.ScaleVPredictionLikeNoise) weight *= like;
        if (options.VPredictionLikeLoss is { } share) weight *= 1 + share / like;
        if (options.DebiasedEstimation) weight *= schedule.DebiasedWeight(timestep, type);
        if (options.P2Gamma is { } p2) weight *= Math.Pow(1 + snr, -p2);
        return weight;
    }
}
