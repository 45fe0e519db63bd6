using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Caching;

/// <summary>Why options forbid a cache: a sentence for each reason, with the cure; none where it is allowed.</summary>
public static class CacheRefusals
{
    /// <summary>Why pictures varied like this have no latents to keep.</summary>
    public static IEnumerable<string> Latents(AugmentationOptions augmentation)
    {
        ArgumentNullException.ThrowIfNull(augmentation);
        if (augmentation.Color)
            yield return "Colour augmentation changes a picture at every visit, so its latents cannot be cached: set augmentation.color or cache.latents to false.";
        if (augmentation.RandomCrop)
            yield return "Random crops cut a picture anew at every visit, so its latents cannot be cached: set augmentation.randomCrop or cache.latents to false.";
        if (augmentation.FaceCropMinimum is not null)
            yield return "Face crops cut a picture anew at every visit, so its latents cannot be cached: leave augmentation.faceCropMinimum out or set cache.latents to false.";
    }

    /// <summary>Why a run's latents cannot be cached, over all its data sets.</summary>
    public static IReadOnlyList<string> Latents(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return [.. options.Data.Select(data => data.Augmentation ?? options.Augmentation).DefaultIfEmpty(options.Augmentation).SelectMany(Latents).Distinct()];
    }

    /// <summary>Why captions processed like this have no fixed states. Dropping whole captions is no reason: the empty caption is one more to keep.</summary>
    public static IEnumerable<string> TextStates(CaptionOptions captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        if (captions.Shuffle)
            yield return "Shuffled tags make a new caption at every visit, so its states cannot be cached: set captions.shuffle or cache.textStates to false.";
        if (captions.TagDropoutRate > 0)
            yield return "Tag dropout makes a new caption at every visit, so its states cannot be cached: set captions.tagDropoutRate to 0 or cache.textStates to false.";
        if (captions.TokenWarmupSteps > 0)
            yield return "Token warm-up lengthens captions from step to step, so their states cannot be cached: set captions.tokenWarmupSteps to 0 or cache.textStates to false.";
        if (captions.Wildcards)
            yield return "Wildcards make a new caption at every visit, so its states cannot be cached: set captions.wildcards or cache.textStates to false.";
    }

    /// <summary>Why a run's text states cannot be cached: a trained text encoder, or captions that change.</summary>
    public static IReadOnlyList<string> TextStates(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var captions = options.Data.Select(data => data.Captions ?? options.Captions).DefaultIfEmpty(options.Captions).SelectMany(TextStates).Distinct();
        return LearningRates.Of(options).TrainsTextEncoder
            ? ["The text encoder is trained, so its states are old after one step: set network.trainTextEncoder or cache.textStates to false.", .. captions]
            : [.. captions];
    }
}
