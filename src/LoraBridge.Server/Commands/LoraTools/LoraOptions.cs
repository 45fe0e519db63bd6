using System.CommandLine;
using LoraBridge.Checkpoints;
using LoraBridge.Lora;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>What several of the tools for adapter files ask for under the same names.</summary>
internal static class LoraOptions
{
    private const string Adapter = "a LoRA's .safetensors or .pt, or a folder of diffusers' or PEFT's";

    public static Option<string?> OutOption { get; } = OptionKinds.Parsed<string?>("--out", "FILE",
        "The file to write; with --layout peft the folder. Needed.", () => null, text =>
            text.Length == 0 ? throw new FormatException("the name is empty. Give a file name such as new.safetensors") : Path.GetFullPath(text));

    public static Option<bool> ForceOption { get; } = OptionKinds.Switch("--force", "Write over what --out names.");

    public static Option<string?> BaseOption { get; } = OptionKinds.Parsed<string?>("--base", "FILE",
        "The checkpoint that the LoRA is for. Needed where its change depends on the checkpoint's weights (DoRA, IA3, OFT, GLoRA), and to inspect or convert one for a model of another size than Stable Diffusion 1's.",
        () => null, text => ReadFile(text, "a Stable Diffusion 1.x checkpoint, .safetensors or .ckpt"));

    public static Option<LoraLayout> LayoutOption { get; } = OptionKinds.Parsed("--layout", "NAME",
        "How keys are spelled: kohya (read by everything), diffusers, or peft (a folder). Default: kohya.", () => LoraLayout.Kohya, text => text switch
        {
            "kohya" => LoraLayout.Kohya,
            "diffusers" => LoraLayout.Diffusers,
            "peft" => LoraLayout.Peft,
            _ => throw new FormatException($"'{text}' is no layout. Give kohya, diffusers or peft"),
        });

    public static Option<TensorType?> PrecisionOption { get; } = OptionKinds.Parsed<TensorType?>("--save-precision", "NAME",
        "What numbers are stored as: float16, bfloat16, float32. Default: float16 for a new file, else what the file has.", () => null, text => text switch
        {
            "float16" or "fp16" or "half" => TensorType.F16,
            "bfloat16" or "bf16" => TensorType.BF16,
            "float32" or "fp32" or "float" => TensorType.F32,
            _ => throw new FormatException($"'{text}' is no number type. Give float16, bfloat16 or float32"),
        });

    public static Option<RankChoice?> RankOption { get; } = OptionKinds.Parsed<RankChoice?>("--rank", "N|RULE",
        "The new rank: a number, or a rule by a layer's singular values S: ratio:Q keeps those with S₀/S ≤ Q, fro:Q the fewest that hold the share Q of the norm, sum:Q of the sum; RULE:Q:N at most N.",
        () => null, ReadRank);

    public static Option<RankChoice?> ConvRankOption { get; } = OptionKinds.Parsed<RankChoice?>("--conv-rank", "N|RULE",
        "The same for 3x3 convolutions. Default: as --rank.", () => null, ReadRank);

    /// <summary>An argument that names an adapter.</summary>
    public static Argument<string> Input(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (File.Exists(text) || Directory.Exists(text)) return Path.GetFullPath(text);
            result.AddError($"{name}: there is no file '{text}'. Give the path of {Adapter}");
            return "";
        },
    };

    /// <summary>The file to write, checked before hours of work: it was named, is not there yet, and its folder can be written to.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static string Output(ParseResult parsed)
    {
        var path = parsed.GetValue(OutOption)
            ?? throw new CommandException("--out: no file is named. Give the file to write: --out new.safetensors", CommandLine.UsageError);
        var isFolder = parsed.CommandResult.Command.Options.Contains(LayoutOption) && parsed.GetValue(LayoutOption) == LoraLayout.Peft;
        if (!isFolder && Directory.Exists(path)) throw new CommandException($"--out: '{path}' is a folder. Give a file name in it");
        if (!parsed.GetValue(ForceOption) && (isFolder ? Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() : File.Exists(path)))
            throw new CommandException($"--out: '{path}' is there already. Choose another name, or write over it with --force");
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, $".lorabridge-{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            throw new CommandException($"--out: cannot write '{path}': {refused.Message} Choose another place");
        }
        return path;
    }

    /// <summary>The checkpoint of --base, opened; null without.</summary>
    public static BaseCheckpoint? Base(ParseResult parsed) => parsed.GetValue(BaseOption) is { } path ? BaseCheckpoint.Open(path) : null;

    /// <summary>Sets which torch is loaded; to be called before anything touches a tensor.</summary>
    public static void ChooseTorch(ParseResult parsed)
    {
        if (SharedOptions.From(parsed).Torch is { } torch) Environment.SetEnvironmentVariable("LORABRIDGE_TORCH", torch);
    }

    /// <summary>Runs a tool with its progress on standard error.</summary>
    public static T Run<T>(ParseResult parsed, string title, Func<IProgress<ToolProgress>, T> work) =>
        ProgressDisplay.OnStandardError(parsed.InvocationConfiguration.Error).Run(title, progress => work(new Fraction(progress)));

    /// <summary>Reads the path of a file that must be there.</summary>
    public static string ReadFile(string text, string expected) =>
        File.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no file '{text}'. Give the path of {expected}");

    /// <summary>Reads a rank or a rule.</summary>
    public static RankChoice? ReadRank(string text)
    {
        var parts = text.Split(':');
        try
        {
            if (parts.Length == 1 && int.TryParse(text, out var rank)) return RankChoice.Fixed(rank);
            if (parts.Length is 2 or 3 && double.TryParse(parts[1], out var threshold) && Method(parts[0]) is { } method)
            {
                if (parts.Length == 2) return RankChoice.Dynamic(method, threshold);
                if (int.TryParse(parts[2], out var most)) return RankChoice.Dynamic(method, threshold, most);
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            // said below, with what is right
        }
        throw new FormatException($"'{text}' is no rank. Give a number from 1, ratio:Q with Q from 1, or fro:Q or sum:Q with Q up to 1, and perhaps a greatest rank: fro:0.95:64");
    }

    private static RankMethod? Method(string name) => name switch
    {
        "ratio" or "sv_ratio" => RankMethod.Ratio,
        "fro" or "sv_fro" => RankMethod.Frobenius,
        "sum" or "sv_cumulative" => RankMethod.Cumulative,
        _ => null,
    };

    private sealed class Fraction(IProgress<double> to) : IProgress<ToolProgress>
    {
        public void Report(ToolProgress value) => to.Report(value.Fraction);
    }
}
