using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>A picture and how it was made.</summary>
/// <param name="Picture">The pixels, with the infotext under the key <c>parameters</c>.</param>
/// <param name="Infotext">The text that reproduces it, as the WebUI writes it.</param>
/// <param name="Seed">Its seed.</param>
public sealed record GeneratedImage(Picture Picture, string Infotext, long Seed)
{
    /// <summary>Its variation seed.</summary>
    public long Subseed { get; init; }

    /// <summary>Whether sampling was stopped on the way, so that this is what there was.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>White where the picture was drawn and black where the one it began with stays: grey, of the picture's size. Null without a mask.</summary>
    public Picture? Mask { get; init; }
}

/// <summary>How far a job has come.</summary>
/// <param name="Pass">Sampling passes that are finished: one a batch, two with a second pass at a larger size.</param>
/// <param name="Passes">Sampling passes in all.</param>
/// <param name="Step">Steps done in the present pass.</param>
/// <param name="Steps">Steps of the present pass.</param>
public readonly record struct SamplingProgress(int Pass, int Passes, int Step, int Steps)
{
    /// <summary>Pictures that are finished.</summary>
    public int Finished { get; init; }

    /// <summary>Pictures wanted.</summary>
    public int Wanted { get; init; }

    /// <summary>The unfinished pictures side by side, where previews were asked for and there is a new one.</summary>
    public Picture? Preview { get; init; }

    /// <summary>0 to 1.</summary>
    public double Fraction => Passes == 0 ? 1 : Math.Min(1, (Pass + (Steps == 0 ? 0 : (double)Step / Steps)) / Passes);
}
