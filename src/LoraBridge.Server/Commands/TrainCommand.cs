using LoraBridge.Diffusion.Models;
using LoraBridge.Training;
using LoraBridge.Training.Settings;
using System.CommandLine;
using System.Globalization;

namespace LoraBridge.Server.Commands;

/// <summary>Trains a LoRA in this process, without a server.</summary>
internal sealed class TrainCommand : DocumentedCommand
{
    private static readonly Option<IReadOnlyList<string>> s_config = OptionKinds.Several("--config", "FILE",
        "Settings: the tutorials' YAML, kohya's TOML or our own; given several times, later ones go before.", text =>
            File.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no file '{text}'. samples/configs/lora_default.yaml is one to begin with"));

    private static readonly Option<string?> s_preset = OptionKinds.Parsed<string?>("--preset", "NAME",
        $"Settings to begin with, below those of files: {string.Join(", ", SettingsPresets.All.Keys)}.", () => null, text =>
            SettingsPresets.All.ContainsKey(text) ? text : throw new FormatException($"there is no preset '{text}'. There are: {string.Join(", ", SettingsPresets.All.Keys)}"));

    private static readonly Option<bool> s_explain = OptionKinds.Switch("--explain", "Print every setting, its value, where that comes from and what it means; then stop.");

    private static readonly Option<bool> s_dryRun = OptionKinds.Switch("--dry-run", "Look through the settings and the pictures, load the model, take two steps and say what is wrong, what memory and time the run takes and what would make it fit; write nothing.");

    private static readonly Option<bool> s_resume = OptionKinds.Switch("--resume", "Go on exactly where the run in this output folder was stopped or killed.");

    private static readonly Argument<string[]> s_settings = new("SETTING")
    {
        Description = "Settings as NAME=VALUE, which go before those of files: network.rank=16, or in other trainers' words, learning_rate=1e-4.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public TrainCommand() : base("train", "Train a LoRA from a folder of pictures.")
    {
        Add(s_settings);
        foreach (var option in (Option[])[s_config, s_preset, s_resume, s_explain, s_dryRun]) Add(option);
        Add(SharedOptions.ModelOption);
        Add(SharedOptions.DataOption);
        Add(SharedOptions.TorchOption);
        Add(SharedOptions.VocabularyOption);
        Add(SharedOptions.WebUiOption);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "Ctrl+C ends the run after the current step and saves it; --resume goes on from there, as it does after a crash, and ends with the same adapter as if nothing had happened.",
        "The adapter, its checkpoints, samples and history lie in saving.folder.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge train --config run.yaml",
        "./lorabridge train --preset character --model sd15.safetensors train_data_dir=pictures/cat output_dir=loras/cat",
        "./lorabridge train --config run.yaml --explain",
        "./lorabridge train --config run.yaml --resume epochs=13",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var shared = SharedOptions.From(parsed);
        var report = TrainingSettings.Read(Sources(parsed, shared), TrainedSize.OfFile);
        foreach (var problem in report.Problems) error.WriteLine($"lorabridge: {problem}");
        if (parsed.GetValue(s_explain))
        {
            output.Write(SettingsExplanation.Of(report).ToText());
            return report.HasErrors ? CommandLine.Failure : 0;
        }
        if (report.HasErrors) throw new CommandException("the settings cannot be used: see above");
        var options = report.Options;
        if (shared.Torch is { } torch) Environment.SetEnvironmentVariable("LORABRIDGE_TORCH", torch);
        var data = new DataFolder(shared.Data);
        var console = TrainingConsole.OnStandardError(error);
        var host = new TrainerHost { Vocabulary = shared.VocabularySearch(), CacheFolder = data.Cache, Progress = console, Stop = cancel };
        try
        {
            if (parsed.GetValue(s_dryRun)) return DryRun.Of(options, host, output);
            return Train(options, host, output, error);
        }
        finally
        {
            console.Close();
        }
    }

    private static int Train(TrainingOptions options, TrainerHost host, TextWriter output, TextWriter error)
    {
        var result = LoraTrainer.Run(options, host);
        output.WriteLine(result.Path);
        error.WriteLine(result.IsComplete
            ? $"lorabridge: {result.Steps} steps, loss {result.Loss.ToString("0.0000", CultureInfo.InvariantCulture)}. {result.Proof?.Sentence}"
            : $"lorabridge: stopped after step {result.Steps} and saved; --resume goes on from there");
        return result.IsComplete ? 0 : CommandLine.Stopped;
    }

    private static IEnumerable<SettingsSource> Sources(ParseResult parsed, SharedOptions shared)
    {
        if (EmbeddedModel.Path is { } embedded) yield return SettingsSource.Fallback("the model that comes with LoraBridge", new Dictionary<string, string> { ["model.path"] = embedded });
        if (parsed.GetValue(s_preset) is { } preset) yield return SettingsSource.Preset(preset);
        foreach (var file in parsed.GetValue(s_config) ?? []) yield return SettingsSource.File(file);
        var arguments = new List<string>(parsed.GetValue(s_settings) ?? []);
        if (shared.Model is { } model) arguments.Add($"model.path={model}");
        if (parsed.GetValue(s_resume)) arguments.Add("loop.resume=latest");
        if (arguments.Count > 0) yield return SettingsSource.Arguments(arguments);
    }
}
