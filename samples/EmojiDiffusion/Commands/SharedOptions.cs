using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Training;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace EmojiDiffusion.Commands;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    public static Option<string> Data { get; } = new("--data") { Description = "the folder of the npm package emoji-datasource-google, or any with its emoji.json", Required = true };

    public static Option<string> Font { get; } = new("--font") { Description = "NotoColorEmoji.ttf of Debian's fonts-noto-color-emoji", Required = true };

    public static Option<string?> Twemoji { get; } = new("--twemoji") { Description = "the folder img/twitter/64 of the npm package emoji-datasource-twitter: another hand for the autoencoder to know" };

    public static Option<string?> Vocabulary { get; } = new("--vocabulary") { Description = "CLIP's vocabulary (default: where the variable LORABRIDGE_CLIP_VOCABULARY says, or a cache)" };

    public static Option<string> Out { get; } = new("--out") { Description = "the folder of states, pictures and models", Required = true };

    public static Option<string> Device { get; } = new("--device") { Description = "cpu or cuda", DefaultValueFactory = _ => "cpu" };

    public static Option<bool> BFloat16 { get; } = new("--bfloat16") { Description = "multiply in bfloat16 (nearly half the time on processors that have it); everything else stays float32" };

    public static Option<int?> Threads { get; } = new("--threads") { Description = "threads to compute with (default: OMP_NUM_THREADS, else all cores)" };

    public static Option<long> Seed { get; } = new("--seed") { Description = "where chance begins", DefaultValueFactory = _ => 1 };

    public static Option<bool> Resume { get; } = new("--resume") { Description = "go on from the saved state" };

    public static Option<double> SaveMinutes { get; } = new("--save-minutes") { Description = "minutes between saved states", DefaultValueFactory = _ => 3 };

    public static Option<double> ShowMinutes { get; } = new("--show-minutes") { Description = "minutes between looks at the result so far", DefaultValueFactory = _ => 20 };

    /// <summary>What every stage of training has.</summary>
    public static IEnumerable<Option> OfStages => [Data, Font, Out, Device, BFloat16, Threads, Seed, Resume, SaveMinutes, ShowMinutes];

    /// <summary>The options of a stage.</summary>
    public static StageOptions Stage(ParseResult parsed) => new()
    {
        Folder = parsed.GetValue(Out)!,
        Device = parsed.GetValue(Device)!,
        BFloat16 = parsed.GetValue(BFloat16),
        Seed = parsed.GetValue(Seed),
        Resume = parsed.GetValue(Resume),
        SaveEvery = TimeSpan.FromMinutes(parsed.GetValue(SaveMinutes)),
        ShowEvery = TimeSpan.FromMinutes(parsed.GetValue(ShowMinutes)),
    };

    /// <summary>Sets the number of threads.</summary>
    public static void UseThreads(ParseResult parsed)
    {
        var isStated = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"));
        if (parsed.GetValue(Threads) is { } threads) set_num_threads(threads);
        else if (!isStated) set_num_threads(Environment.ProcessorCount);
    }

    /// <summary>Where CLIP's vocabulary is looked for.</summary>
    public static VocabularySearch VocabularyOf(ParseResult parsed) => new VocabularySearch { File = parsed.GetValue(Vocabulary) }.WithEnvironment(Environment.GetEnvironmentVariable);

    /// <summary>The list of emoji.</summary>
    public static IReadOnlyList<EmojiEntry> Entries(ParseResult parsed) => EmojiEntry.ReadList(Path.Combine(parsed.GetValue(Data)!, "emoji.json"));
}
