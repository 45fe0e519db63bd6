using LoraBridge.Training.Caching;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Loop;

/// <summary>Which networks must stay in memory after the caches were filled, and which can go.</summary>
/// <param name="Autoencoder">Whether the autoencoder stays.</param>
/// <param name="TextEncoder">Whether the text encoder stays.</param>
internal sealed record NetworkStay(bool Autoencoder, bool TextEncoder)
{
    /// <summary>What the settings say. A cache on the disk can lose a value during the run, which its network must then compute again.</summary>
    /// <param name="options">The run.</param>
    /// <param name="isShared">Whether others draw with the same model, which therefore stays whole.</param>
    public static NetworkStay Of(TrainingOptions options, bool isShared)
    {
        if (isShared) return new(Autoencoder: true, TextEncoder: true);
        var draws = options.Samples is not { Prompts.Count: 0, PromptsFile: null };
        var cache = options.Cache;
        return new(
            Autoencoder: draws || !cache.Latents || cache.LatentsOnDisk || CacheRefusals.Latents(options).Count > 0,
            // validation asks for the states of neutral prompts too
            TextEncoder: draws || options.Validation.Split > 0 || !cache.TextStates || cache.TextStatesOnDisk || CacheRefusals.TextStates(options).Count > 0);
    }
}
