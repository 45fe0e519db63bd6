using System.CommandLine;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>Brings an adapter to another rank.</summary>
internal sealed class ResizeCommand : DocumentedCommand
{
    private static readonly Argument<string> s_input = LoraOptions.Input("FILE", "The LoRA, of any spelling and algorithm.");

    private static readonly Option<bool> s_layers = OptionKinds.Switch("--layers", "Print a row for every layer: old and new rank, kept share, error.");

    public ResizeCommand() : base("resize", "Bring a LoRA to another rank, the best there is, and say what is lost.")
    {
        Add(s_input);
        Add(LoraOptions.RankOption);
        Add(LoraOptions.ConvRankOption);
        Add(LoraOptions.OutOption);
        Add(LoraOptions.ForceOption);
        Add(LoraOptions.PrecisionOption);
        Add(LoraOptions.LayoutOption);
        Add(LoraOptions.BaseOption);
        Add(s_layers);
        Add(SharedOptions.TorchOption);
        Validators.Add(result =>
        {
            if (result.GetResult(LoraOptions.RankOption) is null && result.GetResult(LoraOptions.ConvRankOption) is null)
                result.AddError("--rank: no rank is named. Give a number or a rule: --rank 16, --rank fro:0.95");
        });
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "A layer is never given more ranks than it has. Errors are measured on the written numbers: ‖D − written‖ / ‖D‖.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge lora resize cat.safetensors --rank 16 --out cat-16.safetensors",
        "./lorabridge lora resize cat.safetensors --rank fro:0.95:64 --layers --out cat-small.safetensors",
        "./lorabridge lora resize loha.safetensors --rank 32 --conv-rank 8 --out lora.safetensors",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        LoraOptions.ChooseTorch(parsed);
        var output = LoraOptions.Output(parsed);
        using var weights = LoraOptions.Base(parsed);
        var options = new ResizeOptions
        {
            Rank = parsed.GetValue(LoraOptions.RankOption),
            ConvolutionRank = parsed.GetValue(LoraOptions.ConvRankOption),
            SaveType = parsed.GetValue(LoraOptions.PrecisionOption),
            Layout = parsed.GetValue(LoraOptions.LayoutOption),
        };
        var result = LoraOptions.Run(parsed, "resizing", progress => LoraResizing.Resize(parsed.GetValue(s_input)!, output, options, weights, progress, cancel));
        if (parsed.GetValue(s_layers)) FitText.WriteTable(parsed.InvocationConfiguration.Error, result.Fit);
        FitText.WriteSummary(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, result.Files, result.Fit);
        return 0;
    }
}
