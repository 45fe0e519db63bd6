using LoraBridge.Diffusion.Sampling;
using LoraBridge.Training.Samples;
using LoraBridge.Training.Settings;
using static LoraBridge.Training.Settings.Severity;

namespace LoraBridge.Training;

/// <summary>The files that settings name, looked for before anything is read: all that is missing is told at once, and before minutes of encoding.</summary>
internal static class InputFiles
{
    /// <summary>What cannot be used.</summary>
    public static IEnumerable<SettingsProblem> Check(TrainingOptions options)
    {
        IEnumerable<(string Setting, string? Path, string Cure)> files =
        [
            ("model.path", options.Model.Path, "Give a Stable Diffusion 1.x checkpoint in one file, .safetensors or .ckpt."),
            ("model.vae", options.Model.Vae, "Give an autoencoder's file, or leave it out for the checkpoint's own."),
            .. options.Model.MergedWeights.Select(path => ("model.mergedWeights", (string?)path, "Give the adapters' files.")),
            ("network.startWeights", options.Network.StartWeights, "Give the adapter's file, or leave it out to begin anew."),
            ("samples.promptsFile", options.Samples.PromptsFile, "Give a file of prompts, or write them into samples.prompts."),
        ];
        return files.Where(file => !string.IsNullOrEmpty(file.Path)).SelectMany(file => Missing(file.Setting, file.Path!, file.Cure)).Concat(Prompts(options.Samples));
    }

    private static IEnumerable<SettingsProblem> Missing(string setting, string path, string cure)
    {
        if (File.Exists(path)) yield break;
        yield return Problem(setting, Directory.Exists(path) ? $"'{path}' is a folder, not a file. {cure}" : $"there is no file '{path}'. {cure}");
    }

    // a flag that is wrong would else end the run at its first pictures
    private static IEnumerable<SettingsProblem> Prompts(SampleOptions options)
    {
        if (options.PromptsFile is { } file && !File.Exists(file)) return [];
        try
        {
            return [.. SamplePrompt.All(options, seed: 0).Select(request => request.Sampler).Distinct()
                .Where(sampler => SamplerNames.Resolve(sampler).IsFallback)
                .Select(sampler => Problem("samples.sampler", $"there is no sampler '{sampler}', DPM++ 2M draws in its stead. There are: {string.Join(", ", Samplers.All.Select(known => known.Name))}.", Warning))];
        }
        catch (Exception wrong) when (wrong is FormatException or IOException or UnauthorizedAccessException)
        {
            return [Problem(options.PromptsFile is null ? "samples.prompts" : "samples.promptsFile", wrong.Message)];
        }
    }

    private static SettingsProblem Problem(string setting, string message, Severity severity = Error) => new(severity, $"{setting}: {message}", "", [setting]);
}
