using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>Pictures drawn during the run.</summary>
public sealed record SampleOptions
{
    /// <summary>Draw samples every so many optimizer steps; none not by steps.</summary>
    [Range(1, 100_000_000)]
    public int? EverySteps { get; init; }

    /// <summary>Draw samples every so many epochs; none not by epochs.</summary>
    [Range(1, 1_000_000)]
    public int? EveryEpochs { get; init; }

    /// <summary>Draw samples before the first step too.</summary>
    public bool AtFirst { get; init; }

    /// <summary>What to draw, one prompt a line; <c>--n</c> <c>--w</c> <c>--h</c> <c>--d</c> <c>--l</c> <c>--s</c> <c>--ss</c> set negative prompt, size, seed, guidance, steps and sampler of a line.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>A file of such prompts (txt, toml or json); none for the list.</summary>
    public string? PromptsFile { get; init; }

    /// <summary>What samples shall not show.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The sampler, by any of its names.</summary>
    [Required]
    public string Sampler { get; init; } = "Euler a";

    /// <summary>Steps of a sample.</summary>
    [Range(1, 1000)]
    public int Steps { get; init; } = 20;

    /// <summary>How strictly a sample follows its prompt.</summary>
    [Range(0.0, 100.0)]
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>A sample's width in pixels.</summary>
    [Range(64, 4096)]
    public int Width { get; init; } = 512;

    /// <summary>A sample's height in pixels.</summary>
    [Range(64, 4096)]
    public int Height { get; init; } = 512;

    /// <summary>The samples' seed, the same every time; none draws one at the start.</summary>
    [Range(0L, uint.MaxValue)]
    public long? Seed { get; init; }
}
