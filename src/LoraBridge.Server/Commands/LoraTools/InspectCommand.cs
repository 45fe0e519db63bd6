using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>Says what an adapter file is and whether it does anything.</summary>
internal sealed class InspectCommand : DocumentedCommand
{
    private static readonly Argument<string> s_input = LoraOptions.Input("FILE", "The LoRA, of any spelling.");

    private static readonly Option<bool> s_json = OptionKinds.Switch("--json", "Print everything as JSON.");

    private static readonly Option<bool> s_layers = OptionKinds.Switch("--layers", "Print a row for every layer.");

    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public InspectCommand() : base("inspect", "Say what a LoRA file holds, what it was trained on, and whether it does anything.")
    {
        Add(s_input);
        Add(s_layers);
        Add(s_json);
        Add(LoraOptions.BaseOption);
        Add(SharedOptions.TorchOption);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "‖D‖ is the size of the change to a layer's weights at weight 1 (the root of the sum of squares), with --base also as a share of the weights. Ranks used are singular values above 1 % of the largest; the effective rank is the exponential of their entropy.",
        "The exit code is 0 for a file that does something and 1 for one that is damaged or does nothing.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge lora inspect cat.safetensors",
        "./lorabridge lora inspect cat.safetensors --base sd15.safetensors --layers",
        "./lorabridge lora inspect cat.safetensors --json",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        LoraOptions.ChooseTorch(parsed);
        using var weights = LoraOptions.Base(parsed);
        var path = parsed.GetValue(s_input)!;
        var inspection = LoraOptions.Run(parsed, "inspecting", progress => LoraInspector.Inspect(path, weights, progress, cancel));
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(s_json)) output.WriteLine(JsonSerializer.Serialize(inspection, s_format));
        else output.Write(InspectionText.Of(inspection, parsed.GetValue(s_layers)));
        return inspection.Verdict is Verdict.DoesNothing or Verdict.Damaged ? CommandLine.Failure : 0;
    }
}
