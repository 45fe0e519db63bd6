using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>The values of an infotext beside the usual ones, in the WebUI's usual order; null ones are left out.</summary>
internal static class InfotextExtras
{
    public static IEnumerable<KeyValuePair<string, object?>> Of(InfotextFacts facts) =>
    [
        .. facts.Request is ImageToImageRequest from ? OfPictures(from, facts.IsMasked) : [],
        .. facts.Hires is { } hires ? OfHires(facts, hires) : [],
        .. OfPrompts(facts),
        .. OfSchedule(facts.First),
        .. OfSampler(facts.First),
        .. OfGuidance(facts),
        .. facts.Request is ImageToImageRequest noised ? OfNoise(noised) : [],
        .. OfRefiner(facts),
    ];

    private static IEnumerable<KeyValuePair<string, object?>> OfPictures(ImageToImageRequest request, bool isMasked)
    {
        yield return new("Denoising strength", request.DenoisingStrength);
        if (request.Mask is null) yield break;
        var inpaint = request.Inpaint;
        yield return new("Mask mode", inpaint.Invert ? "Inpaint not masked" : null);
        yield return new("Mask blur", inpaint.BlurX == inpaint.BlurY && inpaint.BlurX > 0 ? inpaint.BlurX : null);
        if (!isMasked) yield break;
        yield return new("Inpaint area", inpaint.OnlyMasked ? "Only masked" : null);
        yield return new("Masked area padding", inpaint.OnlyMasked ? inpaint.Padding : null);
        yield return new("Masked content", inpaint.Content switch
        {
            MaskedContent.Fill => "fill",
            MaskedContent.LatentNoise => "latent noise",
            MaskedContent.LatentNothing => "latent nothing",
            _ => null,
        });
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfHires(InfotextFacts facts, HiresDrawing hires)
    {
        var (settings, choice, first) = (hires.Pass.Settings, hires.Pass.Pass.Choice, facts.First.Choice);
        var resizes = settings.ResizeWidth > 0 || settings.ResizeHeight > 0;
        yield return new("Denoising strength", settings.DenoisingStrength);
        yield return new("Hires checkpoint", settings.ModelPath is null ? null : hires.Drawing.Parts.Infotext.ModelName);
        yield return new("Hires sampler", choice.Sampler == first.Sampler ? null : choice.Sampler.Name);
        yield return new("Hires prompt", hires.Prompt.Shown == facts.Prompt.Shown ? null : facts.WithLoras(hires.Prompt.Shown));
        yield return new("Hires negative prompt", hires.Prompt.Negative == facts.Prompt.Negative ? null : hires.Prompt.Negative);
        yield return new("Hires schedule type", choice.RequestedScheduler == first.RequestedScheduler ? null : choice.ScheduleType);
        yield return new("Hires upscale", resizes ? null : settings.Scale);
        yield return new("Hires resize", resizes ? $"{settings.ResizeWidth}x{settings.ResizeHeight}" : null);
        yield return new("Hires steps", settings.Steps > 0 ? settings.Steps : null);
        yield return new("Hires upscaler", LatentUpscaling.Find(settings.Upscaler)?.Name ?? Upscalers.Get(settings.Upscaler).Name);
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfPrompts(InfotextFacts facts)
    {
        var request = facts.Request;
        var (loras, embeddings) = (new[] { facts.Chosen }.AsEnumerable(), facts.Embeddings);
        if (facts.Hires is { } hires) (loras, embeddings) = (loras.Append(hires.Drawing.Chosen), embeddings.Concat(hires.Drawing.Embeddings));
        yield return new("Lora hashes", request.Infotext.LoraHashes ? ChosenLoras.Describe(loras) : null);
        yield return new("TI hashes", request.Infotext.EmbeddingHashes ? TextEmbedding.DescribeHashes(embeddings) : null);
        var isNamed = request.Emphasis != EmphasisMode.Original && (facts.Prompt.Shown + facts.Prompt.Negative).AsSpan().IndexOfAny("([") >= 0;
        yield return new("Emphasis", isNamed ? request.Emphasis == EmphasisMode.NoNorm ? "No norm" : request.Emphasis.ToString() : null);
        yield return new("Old prompt editing timelines", request.OldTimelines ? true : null);
        yield return new("Start noise", (request as TextToImageRequest)?.StartNoisePath is { } noise ? Path.GetFileName(noise) : null);
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfSchedule(SamplingPass pass)
    {
        var (settings, scheduler, sampler) = (pass.Request.Sampling.Scheduler, pass.Choice.Scheduler, pass.Choice.Sampler);
        var isPlaced = !sampler.TakesTimesteps;
        yield return new("Noise Schedule", pass.Request.Sampling.ZeroTerminalSnr ? "Zero Terminal SNR" : null);
        yield return new("Downcast alphas_cumprod", pass.Request.Sampling.DowncastAlphas ? true : null);
        yield return new("Discard penultimate sigma", settings.AlwaysDiscardNextToLastSigma ? true : null);
        yield return new("Schedule min sigma", isPlaced && settings.SigmaMin > 0 ? settings.SigmaMin : null);
        yield return new("Schedule max sigma", isPlaced && settings.SigmaMax > 0 ? settings.SigmaMax : null);
        yield return new("Schedule rho", isPlaced && scheduler.DefaultRho > 0 && settings.Rho > 0 && settings.Rho != scheduler.DefaultRho ? settings.Rho : null);
        if (isPlaced && scheduler == Schedulers.Get("beta"))
        {
            yield return new("Beta schedule alpha", settings.BetaAlpha);
            yield return new("Beta schedule beta", settings.BetaBeta);
        }
        yield return new("SGM noise multiplier", pass.Request.Sampling.KeepVariance ? true : null);
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfSampler(SamplingPass pass)
    {
        var (settings, sampler) = (pass.Request.Sampling, pass.Choice.Sampler);
        yield return new(sampler.TakesTimesteps ? "Eta DDIM" : "Eta", pass.Eta == sampler.DefaultEta ? null : pass.Eta);
        yield return new("Sigma churn", sampler.Churns && settings.Churn > 0 ? settings.Churn : null);
        yield return new("Sigma tmin", sampler.Churns && settings.ChurnFrom > 0 ? settings.ChurnFrom : null);
        yield return new("Sigma tmax", sampler.Churns && settings.ChurnUpTo > 0 ? settings.ChurnUpTo : null);
        yield return new("Sigma noise", sampler.ScalesNoise && settings.NoiseFactor != 1 ? settings.NoiseFactor : null);
        if (sampler.Name != "UniPC") yield break;
        var (own, usual) = (settings.UniPc, new UniPcOptions());
        yield return new("UniPC variant", own.Variant == usual.Variant ? null : own.Variant.ToString().ToLowerInvariant());
        yield return new("UniPC skip type", own.SkipType switch { UniPcSkipType.TimeQuadratic => "time_quadratic", UniPcSkipType.LogSnr => "logSNR", _ => null });
        yield return new("UniPC order", own.Order == usual.Order ? null : own.Order);
        yield return new("UniPC lower order final", own.LowerOrderFinal ? null : false);
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfGuidance(InfotextFacts facts)
    {
        var settings = facts.Request.Guidance;
        yield return new("NGMS", settings.NegativeDownTo > 0 ? settings.NegativeDownTo : null);
        yield return new("NGMS all steps", settings.NegativeDownTo > 0 && settings.NegativeDownToAtEveryStep ? true : null);
        yield return new("Skip Early CFG", settings.NegativeFrom > 0 ? settings.NegativeFrom : null);
        yield return new("Pad conds", facts.HasPadded && settings.Padding == PromptPadding.EmptyPrompt ? true : null);
        yield return new("Pad conds v0", facts.HasPadded && settings.Padding == PromptPadding.LastRow ? true : null);
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfNoise(ImageToImageRequest request)
    {
        yield return new("Noise multiplier", request.InitialNoiseFactor != 1 ? request.InitialNoiseFactor : null);
        yield return new("Extra noise", request.ExtraNoise > 0 ? request.ExtraNoise : null);
    }

    private static IEnumerable<KeyValuePair<string, object?>> OfRefiner(InfotextFacts facts)
    {
        yield return new("Refiner", facts.RefinerName);
        yield return new("Refiner switch at", facts.RefinerName is null ? null : facts.Request.Refiner!.SwitchAt);
    }
}
