using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;

namespace LoraBridge.Generation;

/// <summary>What pictures are wanted.</summary>
public sealed record TextToImageRequest
{
    /// <summary>What to show, in the WebUI's prompt language.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What to keep away from.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Pixels, a multiple of 8.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Pixels, a multiple of 8.</summary>
    public int Height { get; init; } = 512;

    /// <summary>Sampling steps, at least 1.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>The sampler's name, with a scheduler's behind it where one is wanted so.</summary>
    public string Sampler { get; init; } = "Euler a";

    /// <summary>The scheduler's name or label; null or Automatic for the sampler's own.</summary>
    public string? Scheduler { get; init; }

    /// <summary>The guidance scale; 1 is the prompt alone.</summary>
    public double GuidanceScale { get; init; } = 7;

    /// <summary>The first picture's seed; null or -1 draws one.</summary>
    public long? Seed { get; init; }

    /// <summary>The first picture's variation seed; null or -1 draws one.</summary>
    public long? Subseed { get; init; }

    /// <summary>How far the noise turns towards the variation seed's, 0 to 1.</summary>
    public double SubseedStrength { get; init; }

    /// <summary>The width in pixels at which the noise is drawn before it is pasted into the picture's; 0 is off.</summary>
    public int SeedResizeFromWidth { get; init; }

    /// <summary>The height in pixels at which the noise is drawn before it is pasted into the picture's; 0 is off.</summary>
    public int SeedResizeFromHeight { get; init; }

    /// <summary>Added to the seed of all noise after the start noise (ENSD); 0 is off.</summary>
    public long EtaNoiseSeedDelta { get; init; }

    /// <summary>Which generator the noise comes from.</summary>
    public NoiseOrigin NoiseOrigin { get; init; } = NoiseOrigin.Philox;

    /// <summary>
    /// A safetensors file whose tensor "noise", (4, h, w) or (B, 4, h, w) of unit noise, takes the place of the seeds' start
    /// noise; null draws it. What a sampler adds later comes from the seeds all the same.
    /// </summary>
    public string? StartNoisePath { get; init; }

    /// <summary>How much of each step is noise; null is the sampler's own.</summary>
    public double? Eta { get; init; }

    /// <summary>How many pictures.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How many of them are made at a time.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Adapters besides those of the prompt's tags.</summary>
    public IReadOnlyList<LoraTag> Loras { get; init; } = [];

    /// <summary>How adapters act: merged into the weights or computed beside them.</summary>
    public LoraPlacement LoraPlacement { get; init; } = LoraPlacement.Automatic;

    /// <summary>Whether an adapter that cannot be used is an error; else a warning says so and the rest is drawn.</summary>
    public bool Strict { get; init; }

    /// <summary>Which of CLIP's layers is read, counted from the last.</summary>
    public int ClipSkip { get; init; } = 1;

    /// <summary>How the weights of a prompt act.</summary>
    public EmphasisMode Emphasis { get; init; } = EmphasisMode.Original;

    /// <summary>Whether the autoencoder decodes tile by tile; null decides by the size (above 1024 x 1024 it does).</summary>
    public bool? TiledDecode { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range; the message names it and what is allowed.</exception>
    public void Validate()
    {
        Size(Width, nameof(Width));
        Size(Height, nameof(Height));
        Between(Steps, 1, 1000, nameof(Steps));
        Between(Count, 1, 10_000, nameof(Count));
        Between(BatchSize, 1, 64, nameof(BatchSize));
        Between(ClipSkip, 1, 64, nameof(ClipSkip));
        if (!(SubseedStrength is >= 0 and <= 1)) throw Wrong(nameof(SubseedStrength), SubseedStrength, "from 0 to 1");
        if (!double.IsFinite(GuidanceScale)) throw Wrong(nameof(GuidanceScale), GuidanceScale, "a number such as 7");
    }

    private static void Size(int pixels, string name)
    {
        if (pixels < 8 || pixels > 16384 || pixels % 8 != 0) throw Wrong(name, pixels, "a multiple of 8 from 8 to 16384");
    }

    private static void Between(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw Wrong(name, value, $"from {least} to {most}");
    }

    private static ArgumentOutOfRangeException Wrong(string name, object value, string allowed) =>
        new(name, value, $"{name} must be {allowed}, not {value}.");
}
