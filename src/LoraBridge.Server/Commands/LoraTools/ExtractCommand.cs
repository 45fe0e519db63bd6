using System.CommandLine;
using System.Globalization;
using LoraBridge.Checkpoints;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>Takes an adapter out of two checkpoints.</summary>
internal sealed class ExtractCommand : DocumentedCommand
{
    private static readonly Option<string?> s_tuned = OptionKinds.Parsed<string?>("--tuned", "FILE",
        "The trained checkpoint. Needed.", () => null, text => LoraOptions.ReadFile(text, "a trained checkpoint, .safetensors or .ckpt"));

    private static readonly Option<string?> s_base = OptionKinds.Parsed<string?>("--base", "FILE",
        "The checkpoint that it was trained from. Needed.", () => null, text => LoraOptions.ReadFile(text, "the checkpoint that the other was trained from"));

    private static readonly Option<RankChoice?> s_rank = OptionKinds.Parsed<RankChoice?>("--rank", "N|RULE",
        "The rank: a number, or a rule as in 'lora resize'. Default: 32.", () => RankChoice.Fixed(32), LoraOptions.ReadRank);

    private static readonly Option<RankChoice?> s_convRank = OptionKinds.Parsed<RankChoice?>("--conv-rank", "N|RULE",
        "Takes resnets and samplers too, 3x3 convolutions at this rank. Default: without them.", () => null, LoraOptions.ReadRank);

    private static readonly Option<double> s_threshold = OptionKinds.Number("--min-diff", "VALUE",
        "Leaves the text encoder out where no value of it differs by more than this. Default: 0.01.", 0.01, 0, 1e6);

    private static readonly Option<double> s_clamp = OptionKinds.Number("--clamp-quantile", "Q",
        "Clamps factors at this quantile of their values, as some trainers do; the fit gets worse. Default: 1, not at all.", 1, 0.5, 1);

    private static readonly Option<bool> s_layers = OptionKinds.Switch("--layers", "Print a row for every layer.");

    public ExtractCommand() : base("extract", "Take a LoRA out of a trained checkpoint and the one it was trained from.")
    {
        Add(s_tuned);
        Add(s_base);
        Add(s_rank);
        Add(s_convRank);
        Add(s_threshold);
        Add(s_clamp);
        Add(LoraOptions.OutOption);
        Add(LoraOptions.ForceOption);
        Add(LoraOptions.PrecisionOption);
        Add(LoraOptions.LayoutOption);
        Add(s_layers);
        Add(SharedOptions.TorchOption);
        Validators.Add(result =>
        {
            if (result.GetResult(s_tuned) is null) result.AddError("--tuned: no checkpoint is named. Give the trained one: --tuned FILE");
            if (result.GetResult(s_base) is null) result.AddError("--base: no checkpoint is named. Give the one that the other was trained from: --base FILE");
        });
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "One pair of tensors is in memory at a time. Ctrl+C stops after the current layer and leaves no file.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge lora extract --tuned dreambooth.safetensors --base sd15.safetensors --rank 64 --out dream.safetensors",
        "./lorabridge lora extract --tuned dreambooth.safetensors --base sd15.safetensors --rank fro:0.9:128 --conv-rank 32 --save-precision float32 --out dream.safetensors",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        LoraOptions.ChooseTorch(parsed);
        var file = LoraOptions.Output(parsed);
        var options = new ExtractOptions
        {
            Rank = parsed.GetValue(s_rank)!,
            ConvolutionRank = parsed.GetValue(s_convRank),
            TextThreshold = parsed.GetValue(s_threshold),
            ClampQuantile = parsed.GetValue(s_clamp),
            SaveType = parsed.GetValue(LoraOptions.PrecisionOption) ?? TensorType.F16,
            Layout = parsed.GetValue(LoraOptions.LayoutOption),
        };
        var result = LoraOptions.Run(parsed, "extracting", progress =>
            LoraExtraction.Extract(parsed.GetValue(s_tuned)!, parsed.GetValue(s_base)!, file, options, TimeProvider.System, progress, cancel));

        var error = parsed.InvocationConfiguration.Error;
        if (parsed.GetValue(s_layers)) FitText.WriteTable(error, result.Fit);
        FitText.WriteSummary(parsed.InvocationConfiguration.Output, error, result.Files, result.Fit);
        if (!result.TextIncluded) error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"lorabridge: the text encoder is left out: no value of it differs by more than {options.TextThreshold} (--min-diff)"));
        if (result.Unchanged > 0) error.WriteLine($"lorabridge: {result.Unchanged} layers do not differ");
        if (result.LeftOut.Count > 0)
        {
            var share = result.LeftOutNorm * result.LeftOutNorm / (result.LeftOutNorm * result.LeftOutNorm + result.Fit.Norm * result.Fit.Norm);
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"lorabridge: {result.LeftOut.Count} other tensors differ and are not in the file, {share:0.#%} of the squared difference (the first: {result.LeftOut[0]})"));
        }
        return 0;
    }
}
