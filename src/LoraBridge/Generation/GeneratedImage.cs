using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>A picture and how it was made.</summary>
/// <param name="Picture">The pixels, with the infotext under the key <c>parameters</c>.</param>
/// <param name="Infotext">The text that reproduces it, as the WebUI writes it.</param>
/// <param name="Seed">Its seed.</param>
public sealed record GeneratedImage(Picture Picture, string Infotext, long Seed);

/// <summary>How far a generation has come.</summary>
/// <param name="Image">Pictures that are finished.</param>
/// <param name="Images">Pictures wanted.</param>
/// <param name="Step">Steps done for the pictures in work.</param>
/// <param name="Steps">Steps they need.</param>
public readonly record struct SamplingProgress(int Image, int Images, int Step, int Steps)
{
    /// <summary>0 to 1.</summary>
    public double Fraction => Images == 0 ? 1 : Math.Min(1, (Image + (Steps == 0 ? 0 : (double)Step / Steps)) / Images);
}
