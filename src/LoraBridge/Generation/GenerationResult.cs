using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>What a request came to.</summary>
/// <param name="Images">The pictures, in the order of their seeds.</param>
/// <param name="Warnings">What of the prompts had no effect, and why.</param>
public sealed record GenerationResult(IReadOnlyList<GeneratedImage> Images, IReadOnlyList<PromptWarning> Warnings);
