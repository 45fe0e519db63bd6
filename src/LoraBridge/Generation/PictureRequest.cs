using System.Text.Json.Serialization;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;

namespace LoraBridge.Generation;

/// <summary>What pictures are wanted, whatever they begin with: plain values, so that it can be sent as JSON.</summary>
[JsonDerivedType(typeof(TextToImageRequest), "txt2img")]
[JsonDerivedType(typeof(ImageToImageRequest), "img2img")]
public abstract record PictureRequest
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

    /// <summary>How far the noise turns towards the variation seed's, 0 to 1; unless it is 0, all pictures have the same seed.</summary>
    public double SubseedStrength { get; init; }

    /// <summary>The width in pixels at which the noise is drawn before it is pasted into the picture's; 0 or less is off.</summary>
    public int SeedResizeFromWidth { get; init; }

    /// <summary>The height in pixels at which the noise is drawn before it is pasted into the picture's; 0 or less is off.</summary>
    public int SeedResizeFromHeight { get; init; }

    /// <summary>Added to the seed of all noise after the start noise (ENSD); 0 is off.</summary>
    public long EtaNoiseSeedDelta { get; init; }

    /// <summary>Which generator the noise comes from.</summary>
    public NoiseOrigin NoiseOrigin { get; init; } = NoiseOrigin.Philox;

    /// <summary>How much of each step is noise; null is what <see cref="Sampling"/> says for the sampler's kind.</summary>
    public double? Eta { get; init; }

    /// <summary>How many pictures.</summary>
    public int Count { get; init; } = 1;

    /// <summary>How many of them are made at a time.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Adapters besides those of the prompt's tags.</summary>
    public IReadOnlyList<LoraTag> Loras { get; init; } = [];

    /// <summary>Files of adapters that no folder has, by the names that tags call them; they go before all others of the name.</summary>
    public IReadOnlyDictionary<string, string> LoraFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>How adapters act: merged into the weights or computed beside them.</summary>
    public LoraPlacement LoraPlacement { get; init; } = LoraPlacement.Automatic;

    /// <summary>Whether the adapters that prompts name are left out; their tags are taken out of the prompts all the same.</summary>
    public bool IgnoreLoraTags { get; init; }

    /// <summary>Whether an adapter that cannot be used is an error; else a warning says so and the rest is drawn.</summary>
    public bool Strict { get; init; }

    /// <summary>Which of CLIP's layers is read, counted from the last.</summary>
    public int ClipSkip { get; init; } = 1;

    /// <summary>How the weights of a prompt act.</summary>
    public EmphasisMode Emphasis { get; init; } = EmphasisMode.Original;

    /// <summary>How many tokens a full chunk of a prompt may give up to end at its last comma; 0 cuts anywhere.</summary>
    public int CommaBacktrack { get; init; } = 20;

    /// <summary>Whether # begins a comment in prompts.</summary>
    public bool PromptComments { get; init; } = true;

    /// <summary>Whether scheduled prompts follow the rules from before the WebUI's 1.6: numbers below 1 are fractions with or without a dot.</summary>
    public bool OldTimelines { get; init; }

    /// <summary>Whether the picture's edges continue at the opposite ones, so that it can be laid as tiles.</summary>
    public bool Seamless { get; init; }

    /// <summary>Which part of the tokens is merged in attention at the finest resolution, 0 to 1: less exact, and faster where pictures are large; 0 is off.</summary>
    public double TokenMergingRatio { get; init; }

    /// <summary>What samplers may be told.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Where the negative prompt acts, and how prompts of different length meet.</summary>
    public GuidanceSettings Guidance { get; init; } = new();

    /// <summary>A checkpoint that draws the end of the pictures; null for none.</summary>
    public RefinerSettings? Refiner { get; init; }

    /// <summary>What infotexts say.</summary>
    public InfotextSettings Infotext { get; init; } = new();

    /// <summary>Pictures of the unfinished pictures; null for none.</summary>
    public PreviewSettings? Previews { get; init; }

    /// <summary>Whether the autoencoder works tile by tile; null decides by the size (above 1024 x 1024 it does).</summary>
    public bool? TiledDecode { get; init; }

    /// <summary>Whether the noise is drawn at another size.</summary>
    internal bool ResizesSeed => SeedResizeFromWidth > 0 && SeedResizeFromHeight > 0;

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range; the message names it and what is allowed.</exception>
    public virtual void Validate()
    {
        Size(Width, nameof(Width));
        Size(Height, nameof(Height));
        Between(Steps, 1, 1000, nameof(Steps));
        Between(Count, 1, 10_000, nameof(Count));
        Between(BatchSize, 1, 64, nameof(BatchSize));
        Between(ClipSkip, 1, 64, nameof(ClipSkip));
        Fraction(SubseedStrength, nameof(SubseedStrength));
        Fraction(TokenMergingRatio, nameof(TokenMergingRatio));
        if (!double.IsFinite(GuidanceScale)) throw Wrong(nameof(GuidanceScale), GuidanceScale, "a number such as 7");
        Sampling.Validate();
        Guidance.Validate();
        if (Refiner is { } refiner) Fraction(refiner.SwitchAt, "Refiner.SwitchAt");
        if (Previews is { } previews) Between(previews.EverySteps, 1, 1000, nameof(previews.EverySteps));
    }

    private protected static void Size(int pixels, string name)
    {
        if (pixels < 8 || pixels > 16384 || pixels % 8 != 0) throw Wrong(name, pixels, "a multiple of 8 from 8 to 16384");
    }

    internal static void Between(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw Wrong(name, value, $"from {least} to {most}");
    }

    internal static void Between(double value, double least, double most, string name)
    {
        if (!(value >= least && value <= most)) throw Wrong(name, value, FormattableString.Invariant($"from {least} to {most}"));
    }

    internal static void Fraction(double value, string name) => Between(value, 0, 1, name);

    private protected static ArgumentOutOfRangeException Wrong(string name, object value, string allowed) =>
        new(name, value, $"{name} must be {allowed}, not {value}.");
}
