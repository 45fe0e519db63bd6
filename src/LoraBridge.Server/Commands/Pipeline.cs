using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using System.CommandLine;

namespace LoraBridge.Server.Commands;

/// <summary>Loads what the commands draw with, and turns their options into a request.</summary>
internal static class Pipeline
{
    /// <summary>Adds the options that drawing needs to a command.</summary>
    public static void AddOptions(Command command, IEnumerable<Option> own)
    {
        command.Add(SharedOptions.ModelOption);
        foreach (var option in own) command.Add(option);
        foreach (var option in AdapterOptions.All) command.Add(option);
        command.Add(SharedOptions.DataOption);
        command.Add(SharedOptions.TorchOption);
        command.Add(SharedOptions.DeviceOption);
        command.Add(SharedOptions.DtypeOption);
        command.Add(SharedOptions.VocabularyOption);
        command.Add(SharedOptions.WebUiOption);
        command.Validators.Add(result =>
        {
            if (result.GetResult(SharedOptions.ModelOption) is null && EmbeddedModel.Path is null) result.AddError("--model: no checkpoint is named. Give the path of a Stable Diffusion 1.x model: --model FILE");
        });
    }

    /// <summary>Loads the checkpoint, showing how far it is.</summary>
    public static TextToImage Load(ParseResult parsed, DataFolder data, ProgressDisplay display, CancellationToken cancel)
    {
        var shared = SharedOptions.From(parsed);
        // read once, when torch is loaded
        if (shared.Torch is { } torch) Environment.SetEnvironmentVariable("LORABRIDGE_TORCH", torch);
        var adapters = AdapterOptions.From(parsed, shared, data);
        var options = new TextToImageOptions
        {
            ModelPath = ModelPath(shared),
            Model = new ModelOptions
            {
                Device = DeviceNames.Resolve(shared.Device),
                ComputeType = shared.Dtype switch
                {
                    "float32" => ComputeType.Float32,
                    "float16" => ComputeType.Float16,
                    "bfloat16" => ComputeType.BFloat16,
                    _ => ComputeType.Auto,
                },
                AutoencoderPath = parsed.GetValue(GenerateOptions.VaeOption),
            },
            Vocabulary = shared.VocabularySearch(),
            CacheFolder = data.Cache,
            LoraFolders = adapters.LoraFolders,
            EmbeddingFolder = adapters.EmbeddingFolder,
        };
        return display.Run("loading", progress => TextToImage.Load(
            options, new FractionProgress<LoadProgress>(progress, at => at.BytesTotal == 0 ? 1 : (double)at.BytesRead / at.BytesTotal), cancel));
    }

    /// <summary>What the command line says, with the size that the model was made for where it says none.</summary>
    public static GenerateOptions Wanted(ParseResult parsed)
    {
        var wanted = GenerateOptions.From(parsed);
        if (wanted is { Width: not null, Height: not null }) return wanted;
        var size = TrainedSize.OfFile(ModelPath(SharedOptions.From(parsed))) ?? TrainedSize.StableDiffusion1;
        return wanted with { Width = wanted.Width ?? size.Width, Height = wanted.Height ?? size.Height };
    }

    // the option's check has seen to it that there is one
    private static string ModelPath(SharedOptions shared) => shared.Model ?? EmbeddedModel.Path!;

    /// <summary>What is asked for in words and numbers.</summary>
    public static TextToImageRequest Request(ParseResult parsed, GenerateOptions wanted, long seed, int count) => new()
    {
        Prompt = wanted.Prompt,
        NegativePrompt = wanted.Negative,
        Width = wanted.Width!.Value,
        Height = wanted.Height!.Value,
        Steps = wanted.Steps,
        Sampler = wanted.Sampler,
        Scheduler = wanted.Scheduler,
        GuidanceScale = wanted.Cfg,
        Seed = seed,
        Count = count,
        BatchSize = count,
        ClipSkip = wanted.ClipSkip,
        StartNoisePath = wanted.Noise,
        LoraPlacement = parsed.GetValue(AdapterOptions.PlacementOption) switch
        {
            "merged" => Lora.LoraPlacement.Merged,
            "live" => Lora.LoraPlacement.Live,
            _ => Lora.LoraPlacement.Automatic,
        },
        Strict = parsed.GetValue(AdapterOptions.StrictOption),
    };
}

/// <summary>Passes progress on as a fraction.</summary>
internal sealed class FractionProgress<T>(IProgress<double> to, Func<T, double> fraction) : IProgress<T>
{
    public void Report(T value) => to.Report(fraction(value));
}
