using System.CommandLine;
using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Server.Commands;

/// <summary>What a generation is asked for on the command line.</summary>
internal sealed record GenerateOptions
{
    public static Option<string> PromptOption { get; } = OptionKinds.Text("--prompt", "TEXT",
        "What to show, as the WebUI reads it: (word:1.2), [from:to:0.5], BREAK, AND, <lora:name:0.8>.", "");

    public static Option<string> NegativeOption { get; } = OptionKinds.Text("--negative", "TEXT", "What to keep away from.", "");

    public static Option<string?> OutOption { get; } = OptionKinds.Parsed<string?>("--out", "FILE",
        "The picture to write: .png, .jpg or .webp. Nothing is written over: where a.png exists, a-2.png is taken. Default: SEED.png in outputs/ of the data folder.",
        () => null, OutputFile.Read);

    public static Option<int?> WidthOption { get; } = OptionKinds.Parsed<int?>("--width", "PIXELS",
        "Width, a multiple of 8. Default: what the model's file says it was made for, else 512.", () => null, text => ReadSize(text));

    public static Option<int?> HeightOption { get; } = OptionKinds.Parsed<int?>("--height", "PIXELS",
        "Height, a multiple of 8. Default: what the model's file says it was made for, else 512.", () => null, text => ReadSize(text));

    public static Option<int> StepsOption { get; } = OptionKinds.Integer("--steps", "N", "Sampling steps. Default: 20.", 20, 1, 1000);

    public static Option<string> SamplerOption { get; } = OptionKinds.Parsed("--sampler", "NAME",
        "The sampler, by the WebUI's name: Euler a, DPM++ 2M, DDIM, … Default: Euler a.", () => "Euler a", ReadSampler);

    public static Option<string> SchedulerOption { get; } = OptionKinds.Parsed("--scheduler", "NAME",
        "The noise schedule, by the WebUI's name: Automatic, Karras, Exponential, … Default: Automatic.", () => "Automatic", ReadScheduler);

    public static Option<double> CfgOption { get; } = OptionKinds.Number("--cfg", "SCALE",
        "How strongly the prompt guides; 1 is not at all. Default: 7.", 7, 1, 100);

    public static Option<long> SeedOption { get; } = OptionKinds.Parsed("--seed", "N",
        "The first picture's seed, each further one's is one more; -1 draws one. Default: -1.", () => -1L, ReadSeed);

    public static Option<int> CountOption { get; } = OptionKinds.Integer("--count", "N", "How many pictures. Default: 1.", 1, 1, 10_000);

    public static Option<int> BatchOption { get; } = OptionKinds.Integer("--batch", "N", "How many of them at a time. Default: 1.", 1, 1, 64);

    public static Option<int> ClipSkipOption { get; } = OptionKinds.Integer("--clip-skip", "N",
        "Which of CLIP's layers is read, counted from the last. Default: 1.", 1, 1, 12);

    public static Option<string?> VaeOption { get; } = OptionKinds.Parsed<string?>("--vae", "FILE",
        "A VAE in a file of its own. Default: the checkpoint's.", () => null,
        text => File.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no file '{text}'. Give a VAE's .safetensors, .pt or .ckpt"));

    public static Option<string?> NoiseOption { get; } = OptionKinds.Parsed<string?>("--noise", "FILE",
        "Begin with the tensor 'noise' of a safetensors file, (4, h, w), and not with the seed's noise.", () => null,
        text => File.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no file '{text}'. Give a .safetensors with a tensor named noise"));

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        PromptOption, NegativeOption, OutOption, WidthOption, HeightOption, StepsOption, SamplerOption, SchedulerOption,
        CfgOption, SeedOption, CountOption, BatchOption, ClipSkipOption, VaeOption, NoiseOption,
    ];

    /// <summary>What to show.</summary>
    public required string Prompt { get; init; }

    /// <summary>What to keep away from.</summary>
    public required string Negative { get; init; }

    /// <summary>The file that was asked for, a full path, or null.</summary>
    public string? Out { get; init; }

    /// <summary>Pixels, a multiple of 8; null for the model's own.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels, a multiple of 8; null for the model's own.</summary>
    public int? Height { get; init; }

    /// <summary>Sampling steps.</summary>
    public int Steps { get; init; }

    /// <summary>The sampler's name.</summary>
    public required string Sampler { get; init; }

    /// <summary>The noise schedule's name.</summary>
    public required string Scheduler { get; init; }

    /// <summary>The guidance scale.</summary>
    public double Cfg { get; init; }

    /// <summary>The first picture's seed; -1 to draw one.</summary>
    public long Seed { get; init; }

    /// <summary>How many pictures.</summary>
    public int Count { get; init; }

    /// <summary>How many of them at a time.</summary>
    public int Batch { get; init; }

    /// <summary>Which of CLIP's layers is read, 1 for the last.</summary>
    public int ClipSkip { get; init; }

    /// <summary>A VAE's file, or null for the checkpoint's.</summary>
    public string? Vae { get; init; }

    /// <summary>A file of start noise, or null for the seed's.</summary>
    public string? Noise { get; init; }

    /// <summary>Reads them from a command line that parsed without errors.</summary>
    public static GenerateOptions From(ParseResult parsed) => new()
    {
        Prompt = parsed.GetValue(PromptOption)!,
        Negative = parsed.GetValue(NegativeOption)!,
        Out = parsed.GetValue(OutOption),
        Width = parsed.GetValue(WidthOption),
        Height = parsed.GetValue(HeightOption),
        Steps = parsed.GetValue(StepsOption),
        Sampler = parsed.GetValue(SamplerOption)!,
        Scheduler = parsed.GetValue(SchedulerOption)!,
        Cfg = parsed.GetValue(CfgOption),
        Seed = parsed.GetValue(SeedOption),
        Count = parsed.GetValue(CountOption),
        Batch = parsed.GetValue(BatchOption),
        ClipSkip = parsed.GetValue(ClipSkipOption),
        Vae = parsed.GetValue(VaeOption),
        Noise = parsed.GetValue(NoiseOption),
    };

    private static string ReadSampler(string text) =>
        !SamplerNames.Resolve(text).IsFallback
            ? text
            : throw new FormatException($"there is no sampler '{text}'. There are: {string.Join(", ", Samplers.All.Select(sampler => sampler.Name))}");

    private static string ReadScheduler(string text) =>
        Schedulers.Find(text) is not null
            ? text
            : throw new FormatException($"there is no scheduler '{text}'. There are: {string.Join(", ", Schedulers.All.Select(scheduler => scheduler.Label))}");

    private static int ReadSize(string text) =>
        int.TryParse(text, out var pixels) && pixels is >= 64 and <= 4096 && pixels % 8 == 0
            ? pixels
            : throw new FormatException($"'{text}' is not a multiple of 8 from 64 to 4096");

    private static long ReadSeed(string text) =>
        long.TryParse(text, out var seed) && seed is >= -1 and <= uint.MaxValue
            ? seed
            : throw new FormatException($"'{text}' is not a whole number from 0 to {uint.MaxValue}, or -1 to draw one");
}
