using System.CommandLine;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>Writes an adapter anew.</summary>
internal sealed class ConvertCommand : DocumentedCommand
{
    private static readonly Argument<string> s_input = LoraOptions.Input("FILE", "The LoRA, of any spelling; .pt too.");

    private static readonly Option<RankChoice?> s_asLora = OptionKinds.Parsed<RankChoice?>("--as-lora", "N|RULE",
        "Make plain LoRA of layers of other algorithms (LoHa, LoKr, DoRA, …), at a rank or by a rule as in 'lora resize'.", () => null, LoraOptions.ReadRank);

    private static readonly Option<MetadataStrip> s_strip = OptionKinds.Parsed("--strip", "LEVEL",
        "Take metadata out: private (captions, folders, names, times, remarks) or all (but what readers need). Default: none.", () => MetadataStrip.None, text => text switch
        {
            "none" => MetadataStrip.None,
            "private" => MetadataStrip.Private,
            "all" => MetadataStrip.All,
            _ => throw new FormatException($"'{text}' is no level. Give none, private or all"),
        });

    private static readonly Option<string[]> s_set = new("--set")
    {
        HelpName = "KEY=TEXT",
        Description = "Write this metadata; KEY= takes the key out. May be given several times.",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        Validators = { result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value.IndexOf('=') <= 0) result.AddError($"--set: '{token.Value}' has no key and '='. Give KEY=TEXT, for example --set modelspec.author=me");
        } },
    };

    private static readonly Option<bool> s_repair = OptionKinds.Switch("--repair",
        "First put right what breaks the safetensors format and loses nothing: bytes behind the last tensor, metadata that is not text.");

    public ConvertCommand() : base("convert", "Write a LoRA anew: other key names, other number type, other metadata, as plain LoRA, or repaired.")
    {
        Add(s_input);
        Add(LoraOptions.OutOption);
        Add(LoraOptions.ForceOption);
        Add(LoraOptions.LayoutOption);
        Add(LoraOptions.PrecisionOption);
        Add(s_asLora);
        Add(s_strip);
        Add(s_set);
        Add(s_repair);
        Add(LoraOptions.BaseOption);
        Add(SharedOptions.TorchOption);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "The written file is read again and compared bit by bit. Hashes in the metadata are computed anew.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge lora convert old.pt --out new.safetensors",
        "./lorabridge lora convert cat.safetensors --layout diffusers --save-precision float32 --out cat-diffusers.safetensors",
        "./lorabridge lora convert cat.safetensors --strip private --set modelspec.author=me --out public.safetensors",
        "./lorabridge lora convert loha.safetensors --as-lora 32 --out lora.safetensors",
        "./lorabridge lora convert broken.safetensors --repair --out whole.safetensors",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        LoraOptions.ChooseTorch(parsed);
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var file = LoraOptions.Output(parsed);
        using var weights = LoraOptions.Base(parsed);
        var options = new ConvertOptions
        {
            Layout = parsed.GetValue(LoraOptions.LayoutOption),
            SaveType = parsed.GetValue(LoraOptions.PrecisionOption),
            AsLoraOfRank = parsed.GetValue(s_asLora),
            Strip = parsed.GetValue(s_strip),
            SetMetadata = parsed.GetValue(s_set)!.Select(text => text.Split('=', 2)).GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.Last()[1] is { Length: > 0 } value ? value : null),
        };
        using var whole = parsed.GetValue(s_repair) ? new Repaired(parsed.GetValue(s_input)!, file, error) : null;
        var result = LoraOptions.Run(parsed, "converting", progress => LoraConversion.Convert(whole?.Path ?? parsed.GetValue(s_input)!, file, options, weights, progress, cancel));

        FitText.WriteSummary(output, error, result.Files, result.Fit);
        if (result.RemovedMetadata.Count > 0) error.WriteLine($"lorabridge: took out {string.Join(", ", result.RemovedMetadata)}");
        if (result.DroppedKeys.Count > 0) error.WriteLine($"lorabridge: {result.DroppedKeys.Count} keys stand for nothing in this model and are not in the file (the first: {result.DroppedKeys[0]})");
        return 0;
    }

    /// <summary>The repaired copy, beside the file to write while that is made.</summary>
    private sealed class Repaired : IDisposable
    {
        public Repaired(string input, string output, TextWriter error)
        {
            Path = $"{output}.{Guid.NewGuid():N}.tmp";
            foreach (var repair in SafetensorsRepair.Repair(input, Path)) error.WriteLine($"lorabridge: {repair}");
        }

        public string Path { get; }

        public void Dispose() => File.Delete(Path);
    }
}
