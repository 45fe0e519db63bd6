using LoraBridge.Diffusion;

namespace LoraBridge.Generation;

/// <summary>Where the negative prompt acts, and how prompts of different length meet in the network.</summary>
public sealed record GuidanceSettings
{
    /// <summary>Below this noise level the negative prompt is left out of every second call of the network (<c>s_min_uncond</c>); 0 is off.</summary>
    public double NegativeDownTo { get; init; }

    /// <summary>Whether <see cref="NegativeDownTo"/> leaves it out of every call below that level (<c>s_min_uncond_all</c>).</summary>
    public bool NegativeDownToAtEveryStep { get; init; }

    /// <summary>The part of the run at whose beginning the negative prompt is left out (<c>skip_early_cond</c>), 0 to 1.</summary>
    public double NegativeFrom { get; init; }

    /// <summary>What is done so that prompts of different length can share a call of the network.</summary>
    public PromptPadding Padding { get; init; }

    internal void Validate()
    {
        PictureRequest.Between(NegativeDownTo, 0, 1000, nameof(NegativeDownTo));
        PictureRequest.Fraction(NegativeFrom, nameof(NegativeFrom));
    }
}
