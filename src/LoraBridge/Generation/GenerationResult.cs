using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>What a request came to.</summary>
/// <param name="Images">The pictures, in the order of their seeds; fewer than asked for when it was interrupted.</param>
/// <param name="Warnings">What of the request had no effect, and why.</param>
public sealed record GenerationResult(IReadOnlyList<GeneratedImage> Images, IReadOnlyList<PromptWarning> Warnings)
{
    /// <summary>What the pictures have in common.</summary>
    public GenerationFacts Facts { get; init; } = new();

    /// <summary>Whether it was interrupted: pictures are missing, or the last ones are unfinished.</summary>
    public bool WasInterrupted { get; init; }
}

/// <summary>What was chosen for a request whose values left it open, and what its infotexts say beside the usual.</summary>
public sealed record GenerationFacts
{
    /// <summary>The prompt without comments, with its tags.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The negative prompt without comments.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The seed of the first picture.</summary>
    public long Seed { get; init; }

    /// <summary>The variation seed of the first picture.</summary>
    public long Subseed { get; init; }

    /// <summary>Pictures of a batch, which is another number than asked for where there were fewer pictures to begin with.</summary>
    public int BatchSize { get; init; }

    /// <summary>The sampler's name.</summary>
    public string Sampler { get; init; } = "";

    /// <summary>What infotexts say after <c>Schedule type</c>.</summary>
    public string ScheduleType { get; init; } = "";

    /// <summary>The checkpoint's file name without its extension.</summary>
    public string ModelName { get; init; } = "";

    /// <summary>The first 10 digits of the checkpoint's hash.</summary>
    public string ModelHash { get; init; } = "";

    /// <summary>The file name of an autoencoder of its own file; null where it is the checkpoint's.</summary>
    public string? VaeName { get; init; }

    /// <summary>The first 10 digits of that file's hash.</summary>
    public string? VaeHash { get; init; }

    /// <summary>The infotext's values beside the usual ones (<c>extra_generation_params</c>), in their order: text, truth values, long and double.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Extra { get; init; } = [];
}
