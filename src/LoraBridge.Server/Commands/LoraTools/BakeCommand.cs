using System.CommandLine;
using System.Globalization;
using LoraBridge.Checkpoints;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>Bakes a blend of adapters into one file.</summary>
internal sealed class BakeCommand : DocumentedCommand
{
    private static readonly Argument<BakeInput[]> s_inputs = new("FILE[:UNET[:TEXT[:BLOCKS]]]")
    {
        Description = "The LoRAs and their weights: for the UNet (default 1), for the text encoder (default: as for the UNet), and factors by block as in a prompt: OUTALL, in*0.5,mid*0, or 17 or 26 numbers.",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            var inputs = new List<BakeInput>();
            foreach (var token in result.Tokens)
            {
                try
                {
                    inputs.Add(Read(token.Value));
                }
                catch (FormatException wrong)
                {
                    result.AddError($"{token.Value}: {wrong.Message}");
                }
            }
            return [.. inputs];
        },
    };

    private static readonly Option<bool> s_layers = OptionKinds.Switch("--layers", "Print a row for every layer.");

    public BakeCommand() : base("bake", "Bake a blend of LoRAs into one file that does the same at weight 1.")
    {
        Add(s_inputs);
        Add(LoraOptions.RankOption);
        Add(LoraOptions.ConvRankOption);
        Add(LoraOptions.OutOption);
        Add(LoraOptions.ForceOption);
        Add(LoraOptions.PrecisionOption);
        Add(LoraOptions.LayoutOption);
        Add(LoraOptions.BaseOption);
        Add(s_layers);
        Add(SharedOptions.TorchOption);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "Without --rank the result is exact: the ranks stand side by side, and layers that have no ranks are written whole. With it, the best LoRA of that rank is written, and the error is said.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge lora bake cat.safetensors:0.8 style.safetensors:0.5 --out both.safetensors",
        "./lorabridge lora bake cat.safetensors:0.8:0.4 detail.safetensors:-1 --rank 32 --out both.safetensors",
        "./lorabridge lora bake cat.safetensors:1:1:OUTALL style.safetensors:0.7::in*0.5,mid*0 --out both.safetensors",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        LoraOptions.ChooseTorch(parsed);
        var output = LoraOptions.Output(parsed);
        using var weights = LoraOptions.Base(parsed);
        var options = new BakeOptions
        {
            Rank = parsed.GetValue(LoraOptions.RankOption),
            ConvolutionRank = parsed.GetValue(LoraOptions.ConvRankOption),
            SaveType = parsed.GetValue(LoraOptions.PrecisionOption) ?? TensorType.F16,
            Layout = parsed.GetValue(LoraOptions.LayoutOption),
        };
        var result = LoraOptions.Run(parsed, "baking", progress =>
            LoraBaking.Bake(parsed.GetValue(s_inputs)!, output, options, weights, TimeProvider.System, progress, cancel));
        if (parsed.GetValue(s_layers)) FitText.WriteTable(parsed.InvocationConfiguration.Error, result.Fit);
        FitText.WriteSummary(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, result.Files, result.Fit);
        return 0;
    }

    /// <summary>Weights are taken off the end, as a path may have colons of its own.</summary>
    private static BakeInput Read(string text)
    {
        var words = new List<string>();
        var path = text;
        while (!File.Exists(path) && !Directory.Exists(path))
        {
            var colon = path.LastIndexOf(':');
            if (colon <= 0 || words.Count == 3) throw new FormatException("there is no such file. Give a LoRA's path, and perhaps its weights: cat.safetensors:0.8 or cat.safetensors:0.8:0.5");
            words.Insert(0, path[(colon + 1)..]);
            path = path[..colon];
        }
        return new(
            Path.GetFullPath(path),
            words is [{ Length: > 0 } unet, ..] ? Weight(unet) : 1,
            words is [_, { Length: > 0 } encoder, ..] ? Weight(encoder) : null,
            words is [_, _, { Length: > 0 } blocks] ? BakeInput.ReadBlocks(blocks) : null);
    }

    private static double Weight(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && double.IsFinite(weight)
            ? weight
            : throw new FormatException($"its weight '{text}' is not a number. Give one with a decimal point, such as 0.8");
}
