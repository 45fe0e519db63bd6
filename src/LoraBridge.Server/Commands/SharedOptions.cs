using System.CommandLine;
using System.Text.RegularExpressions;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Server.Commands;

/// <summary>What several subcommands ask for under the same names: checked once, here.</summary>
internal sealed partial record SharedOptions
{
    public static Option<string?> ModelOption { get; } = OptionKinds.Parsed<string?>("--model", "FILE",
        "The checkpoint to use: a Stable Diffusion 1.x model in one file (.safetensors or .ckpt). Default: the small model that comes with LoraBridge and draws emoji; the server prefers any it finds.", () => null, ReadModel);

    public static Option<string> DataOption { get; } = OptionKinds.Parsed("--data", "DIR",
        "Everything LoraBridge writes lies below this folder. Else LORABRIDGE_DATA, else data/ in the repository.", () => DataFolder.Default, ReadFolder);

    public static Option<int> PortOption { get; } = OptionKinds.Integer("--port", "N",
        "The port to listen on; 0 takes any free one. Default: 7870.", 7870, 0, 65535);

    public static Option<string?> TorchOption { get; } = OptionKinds.Parsed<string?>("--torch", "PATH",
        "A torch folder to use, such as a WebUI's venv/lib/python3.10/site-packages/torch. Else LORABRIDGE_TORCH, else what the build found.",
        () => null, ReadTorch);

    public static Option<string> DeviceOption { get; } = OptionKinds.Parsed("--device", "NAME",
        "Where to compute: auto (a GPU where torch has one), cpu, cuda, cuda:1. Default: auto.", () => "auto", ReadDevice);

    public static Option<string> DtypeOption { get; } = OptionKinds.Parsed("--dtype", "NAME",
        "What to compute in: auto, float32, float16, bfloat16. Default: auto.", () => "auto", ReadDtype);

    public static Option<string?> VocabularyOption { get; } = OptionKinds.Parsed<string?>("--vocabulary", "FILE",
        "CLIP's vocabulary (bpe_simple_vocab_16e6.txt, the same as .gz, or merges.txt). Else LORABRIDGE_CLIP_VOCABULARY, else what setup fetched.",
        () => null, text => ReadFile(text, "CLIP's vocabulary, for example bpe_simple_vocab_16e6.txt.gz"));

    public static Option<string?> WebUiOption { get; } = OptionKinds.Parsed<string?>("--webui-dir", "DIR",
        "A WebUI's folder, to find CLIP's vocabulary in. Else LORABRIDGE_WEBUI_DIR.", () => null, ReadExistingFolder);

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
        [ModelOption, DataOption, PortOption, TorchOption, DeviceOption, DtypeOption, VocabularyOption, WebUiOption];

    /// <summary>The checkpoint's full path, or null.</summary>
    public string? Model { get; init; }

    /// <summary>The folder below which everything is written, as a full path.</summary>
    public required string Data { get; init; }

    /// <summary>The port to listen on, 0 for any.</summary>
    public int Port { get; init; }

    /// <summary>A torch folder, or null for what the build found.</summary>
    public string? Torch { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>auto, float32, float16 or bfloat16.</summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>A file of CLIP's vocabulary, or null.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>A WebUI's folder, or null.</summary>
    public string? WebUi { get; init; }

    /// <summary>Reads them from a command line that parsed without errors; a subcommand without one of them gets its default.</summary>
    public static SharedOptions From(ParseResult parsed) => new()
    {
        Model = parsed.GetValue(ModelOption),
        Data = parsed.GetValue(DataOption) ?? DataFolder.Default,
        Port = parsed.GetValue(PortOption),
        Torch = parsed.GetValue(TorchOption) ?? Variable("LORABRIDGE_TORCH"),
        Device = parsed.GetValue(DeviceOption) ?? "auto",
        Dtype = parsed.GetValue(DtypeOption) ?? "auto",
        Vocabulary = parsed.GetValue(VocabularyOption),
        WebUi = parsed.GetValue(WebUiOption) ?? Variable("LORABRIDGE_WEBUI_DIR"),
    };

    /// <summary>Where to look for CLIP's vocabulary.</summary>
    public VocabularySearch VocabularySearch() =>
        new VocabularySearch { File = Vocabulary, DataFolder = Data, WebUiFolder = WebUi }.WithEnvironment(Environment.GetEnvironmentVariable);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string ReadModel(string text) => ReadFile(text, "a Stable Diffusion 1.x checkpoint, .safetensors or .ckpt");

    private static string ReadFile(string text, string expected) =>
        File.Exists(text) ? Path.GetFullPath(text)
        : Directory.Exists(text) ? throw new FormatException($"'{text}' is a folder. Give the file itself: {expected}")
        : throw new FormatException($"there is no file '{text}'. Give the path of {expected}");

    private static string ReadFolder(string text) =>
        text.Length == 0 ? throw new FormatException("the path is empty. Give a folder to write to; it is made when missing")
        : File.Exists(text) ? throw new FormatException($"'{text}' is a file. Give a folder to write to; it is made when missing")
        : Path.GetFullPath(text);

    private static string ReadExistingFolder(string text) =>
        Directory.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no folder '{text}'. Give the folder that holds the WebUI's webui.py or launch.py");

    private static string ReadTorch(string text)
    {
        var folder = Path.GetFullPath(text);
        // a distribution's libtorch lies below /usr, a Python environment's is a folder of its own
        if (File.Exists(Path.Combine(folder, "lib", "libtorch_cpu.so")) || File.Exists(Path.Combine(folder, "include", "ATen", "ATen.h"))) return folder;
        throw new FormatException($"'{text}' holds no lib/libtorch_cpu.so. Give a torch folder, for example …/venv/lib/python3.10/site-packages/torch");
    }

    private static string ReadDevice(string text) =>
        DeviceName().IsMatch(text) ? text : throw new FormatException($"'{text}' is no device. Give auto, cpu, cuda, or cuda:N for the N-th GPU, counted from 0");

    private static string ReadDtype(string text) => text switch
    {
        "auto" => "auto",
        "float32" or "fp32" => "float32",
        "float16" or "fp16" or "half" => "float16",
        "bfloat16" or "bf16" => "bfloat16",
        _ => throw new FormatException($"'{text}' is no number type. Give auto, float32, float16 or bfloat16"),
    };

    [GeneratedRegex("^(auto|cpu|cuda(:[0-9]{1,2})?)$")]
    private static partial Regex DeviceName();
}
