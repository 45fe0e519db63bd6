using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;

namespace LoraBridge.Generation;

/// <summary>What a pipeline is made of: one checkpoint, and all that it works with.</summary>
internal sealed record PipelineParts(
    StableDiffusionModel Model, LoraMixer Mixer, LoraLibrary Loras, PromptConditioner Prompts, LatentCodec Codec, NoiseSchedule Schedule, PictureInfotext Infotext)
{
    private LatentColors? _colors;

    /// <summary>Latents to colours for previews, fitted when they are first wanted.</summary>
    public LatentColors Colors => _colors ??= LatentColors.Fit(Model, Codec);

    /// <summary>What the network predicts.</summary>
    public PredictionType Prediction => Model.Hints.PredictionType == "v_prediction" ? PredictionType.V : PredictionType.Epsilon;

    /// <summary>The noise schedule that settings make of the model's own.</summary>
    public NoiseSchedule ScheduleFor(SamplingSettings settings)
    {
        var schedule = settings.DowncastAlphas ? Schedule.Downcast() : Schedule;
        return settings.ZeroTerminalSnr ? schedule.RescaledToZeroTerminalSnr(NoiseSchedule.LeastSamplingAlpha) : schedule;
    }

    /// <summary>Puts adapters on the model: one choice for all pictures of a batch, or one for each.</summary>
    public void Put(IReadOnlyList<ChosenLoras> pictures, PictureRequest request)
    {
        LoraBlend[] blends = [.. pictures.Select(chosen => chosen.Blend)];
        Mixer.Set(blends, request.LoraPlacement);
    }
}
