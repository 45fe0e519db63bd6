using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Preflight;

/// <summary>How fast a run's parts were found to be, from which the time of others follows by their pixels.</summary>
/// <param name="SecondsPerMegapixel">Seconds that a step takes for a million pixels of pictures.</param>
/// <param name="EncodingSecondsPerMegapixel">Seconds that encoding takes for a million pixels; null where nothing was encoded.</param>
public sealed record StepRates(double SecondsPerMegapixel, double? EncodingSecondsPerMegapixel);

/// <summary>The time of a run, in parts; loading the model is not among them.</summary>
/// <param name="Encoding">Encoding pictures, all of them as if none were cached from before.</param>
/// <param name="Steps">All steps.</param>
/// <param name="Samples">Pictures drawn during the run, estimated from the steps' time.</param>
/// <param name="Validation">Looking at pictures set aside, estimated alike.</param>
public sealed record TimeForecast(TimeSpan Encoding, TimeSpan Steps, TimeSpan Samples, TimeSpan Validation)
{
    /// <summary>All parts.</summary>
    public TimeSpan Total => Encoding + Steps + Samples + Validation;

    internal static TimeForecast Of(TrainingOptions options, DataShape data, StepRates rates)
    {
        var plan = data.Plan(options);
        var visited = data.EpochPixels / 1e6 * plan.Steps / plan.StepsPerEpoch;
        // a backward pass takes twice as long as a forward pass, and one more where blocks run again
        var forward = rates.SecondsPerMegapixel / (options.Precision.GradientCheckpointing ? 4 : 3);
        var isCached = options.Cache.Latents && Caching.CacheRefusals.Latents(options).Count == 0;
        var encoded = isCached ? Megapixels(data.Variants) : 0;                  // else the steps' own time has it

        var drawn = RunFacts.Requests(options).Sum(request => request.Steps * (request.GuidanceScale == 1 ? 1 : 2) * (request.Width * request.Height / 1e6));
        // once before the first step, too
        var looks = data.Aside.Count == 0 ? 0 : 1 + Times(plan, options.Validation.EverySteps, options.Validation is { EverySteps: null, EveryEpochs: null } ? 1 : options.Validation.EveryEpochs);
        return new(
            TimeSpan.FromSeconds(encoded * (rates.EncodingSecondsPerMegapixel ?? 0)),
            TimeSpan.FromSeconds(visited * rates.SecondsPerMegapixel),
            TimeSpan.FromSeconds(drawn * forward * (Times(plan, options.Samples.EverySteps, options.Samples.EveryEpochs) + (options.Samples.AtFirst ? 1 : 0))),
            TimeSpan.FromSeconds(Megapixels(data.Aside) * options.Validation.Timesteps.Count * forward * looks));
    }

    private static double Megapixels(IReadOnlyDictionary<PictureSize, int> sizes) => sizes.Sum(size => size.Key.Area / 1e6 * size.Value);

    private static int Times(StepPlan plan, int? everySteps, int? everyEpochs) =>
        (everySteps is { } n ? plan.Steps / n : 0) + (everyEpochs is { } m ? plan.Steps / plan.StepsPerEpoch / m : 0);
}
