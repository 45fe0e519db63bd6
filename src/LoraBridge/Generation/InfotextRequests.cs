using System.Globalization;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>Makes requests of infotexts, so that a picture can be drawn again.</summary>
public static class InfotextRequests
{
    /// <summary>The request that an infotext describes; its checkpoint and hashes are not looked at.</summary>
    /// <param name="content">What was read.</param>
    /// <param name="otherwise">What holds where it says nothing; null for the defaults.</param>
    public static TextToImageRequest ToTextToImage(this InfotextContent content, TextToImageRequest? otherwise = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        var values = new InfotextValues(content);
        var request = (TextToImageRequest)Apply(content, values, otherwise ?? new());
        var isHires = values.Has("Denoising strength") && (values.Has("Hires upscale") || values.Has("Hires upscaler") || values.Has("Hires resize-1"));
        return isHires ? request with { Hires = Hires(values, request.Hires ?? new()) } : request;
    }

    /// <summary>The request that an infotext describes, for pictures that it does not hold.</summary>
    /// <param name="content">What was read.</param>
    /// <param name="pictures">The pictures, the mask, and what holds where it says nothing.</param>
    public static ImageToImageRequest ToImageToImage(this InfotextContent content, ImageToImageRequest pictures)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(pictures);
        var values = new InfotextValues(content);
        var request = (ImageToImageRequest)Apply(content, values, pictures);
        var inpaint = request.Inpaint;
        var blur = values.Whole("Mask blur");
        return request with
        {
            DenoisingStrength = values.Number("Denoising strength") ?? request.DenoisingStrength,
            InitialNoiseFactor = values.Number("Noise multiplier") ?? request.InitialNoiseFactor,
            ExtraNoise = values.Number("Extra noise") ?? request.ExtraNoise,
            Inpaint = inpaint with
            {
                BlurX = blur ?? inpaint.BlurX,
                BlurY = blur ?? inpaint.BlurY,
                Invert = values.Text("Mask mode") is { } mode ? mode == "Inpaint not masked" : inpaint.Invert,
                OnlyMasked = values.Text("Inpaint area") is { } area ? area == "Only masked" : inpaint.OnlyMasked,
                Padding = values.Whole("Masked area padding") ?? inpaint.Padding,
                Content = values.Text("Masked content") switch
                {
                    "fill" => MaskedContent.Fill,
                    "original" => MaskedContent.Original,
                    "latent noise" => MaskedContent.LatentNoise,
                    "latent nothing" => MaskedContent.LatentNothing,
                    _ => inpaint.Content,
                },
            },
        };
    }

    private static PictureRequest Apply(InfotextContent content, InfotextValues values, PictureRequest request) => request with
    {
        Prompt = content.Prompt,
        NegativePrompt = content.NegativePrompt,
        Steps = values.Whole("Steps") ?? request.Steps,
        Sampler = values.Text("Sampler") ?? request.Sampler,
        Scheduler = values.Text("Schedule type") ?? request.Scheduler,
        GuidanceScale = values.Number("CFG scale") ?? request.GuidanceScale,
        Seed = values.Long("Seed") ?? request.Seed,
        Width = values.Whole("Size-1") ?? request.Width,
        Height = values.Whole("Size-2") ?? request.Height,
        Subseed = values.Long("Variation seed") ?? request.Subseed,
        SubseedStrength = values.Number("Variation seed strength") ?? request.SubseedStrength,
        SeedResizeFromWidth = values.Whole("Seed resize from-1") ?? request.SeedResizeFromWidth,
        SeedResizeFromHeight = values.Whole("Seed resize from-2") ?? request.SeedResizeFromHeight,
        ClipSkip = values.Whole("Clip skip") ?? request.ClipSkip,
        EtaNoiseSeedDelta = values.Long("ENSD") ?? request.EtaNoiseSeedDelta,
        NoiseOrigin = values.Text("RNG") is { } origin ? origin == "CPU" ? NoiseOrigin.Cpu : NoiseOrigin.Philox : request.NoiseOrigin,
        TokenMergingRatio = values.Number("Token merging ratio") ?? request.TokenMergingRatio,
        Seamless = values.Flag("Tiling") ?? request.Seamless,
        Eta = values.Number("Eta") ?? values.Number("Eta DDIM") ?? request.Eta,
        OldTimelines = values.Flag("Old prompt editing timelines") ?? request.OldTimelines,
        Emphasis = values.Text("Emphasis") switch
        {
            "No norm" => EmphasisMode.NoNorm,
            "None" => EmphasisMode.None,
            "Ignore" => EmphasisMode.Ignore,
            "Original" => EmphasisMode.Original,
            _ => request.Emphasis,
        },
        Sampling = Sampling(values, request.Sampling),
        Guidance = request.Guidance with
        {
            NegativeDownTo = values.Number("NGMS") ?? request.Guidance.NegativeDownTo,
            NegativeDownToAtEveryStep = values.Flag("NGMS all steps") ?? request.Guidance.NegativeDownToAtEveryStep,
            NegativeFrom = values.Number("Skip Early CFG") ?? request.Guidance.NegativeFrom,
            Padding = values.Flag("Pad conds v0") == true ? PromptPadding.LastRow : values.Flag("Pad conds") == true ? PromptPadding.EmptyPrompt : request.Guidance.Padding,
        },
    };

    private static SamplingSettings Sampling(InfotextValues values, SamplingSettings settings) => settings with
    {
        Churn = values.Number("Sigma churn") ?? settings.Churn,
        ChurnFrom = values.Number("Sigma tmin") ?? settings.ChurnFrom,
        ChurnUpTo = values.Number("Sigma tmax") ?? settings.ChurnUpTo,
        NoiseFactor = values.Number("Sigma noise") ?? settings.NoiseFactor,
        KeepVariance = values.Flag("SGM noise multiplier") ?? settings.KeepVariance,
        ZeroTerminalSnr = values.Text("Noise Schedule") is { } schedule ? schedule == "Zero Terminal SNR" : settings.ZeroTerminalSnr,
        DowncastAlphas = values.Flag("Downcast alphas_cumprod") ?? settings.DowncastAlphas,
        Scheduler = settings.Scheduler with
        {
            AlwaysDiscardNextToLastSigma = values.Flag("Discard penultimate sigma") ?? settings.Scheduler.AlwaysDiscardNextToLastSigma,
            SigmaMin = values.Number("Schedule min sigma") ?? settings.Scheduler.SigmaMin,
            SigmaMax = values.Number("Schedule max sigma") ?? settings.Scheduler.SigmaMax,
            Rho = values.Number("Schedule rho") ?? settings.Scheduler.Rho,
            // the WebUI writes "schedule" and reads "scheduler"
            BetaAlpha = values.Number("Beta schedule alpha") ?? values.Number("Beta scheduler alpha") ?? settings.Scheduler.BetaAlpha,
            BetaBeta = values.Number("Beta schedule beta") ?? values.Number("Beta scheduler beta") ?? settings.Scheduler.BetaBeta,
        },
        UniPc = settings.UniPc with
        {
            Variant = values.Text("UniPC variant") switch { "bh1" => UniPcVariant.Bh1, "bh2" => UniPcVariant.Bh2, _ => settings.UniPc.Variant },
            SkipType = values.Text("UniPC skip type") switch
            {
                "time_uniform" => UniPcSkipType.TimeUniform,
                "time_quadratic" => UniPcSkipType.TimeQuadratic,
                "logSNR" => UniPcSkipType.LogSnr,
                _ => settings.UniPc.SkipType,
            },
            Order = values.Whole("UniPC order") ?? settings.UniPc.Order,
            LowerOrderFinal = values.Flag("UniPC lower order final") ?? settings.UniPc.LowerOrderFinal,
        },
    };

    private static HiresSettings Hires(InfotextValues values, HiresSettings settings) => settings with
    {
        DenoisingStrength = values.Number("Denoising strength") ?? settings.DenoisingStrength,
        Scale = values.Number("Hires upscale") ?? settings.Scale,
        ResizeWidth = values.Whole("Hires resize-1") ?? settings.ResizeWidth,
        ResizeHeight = values.Whole("Hires resize-2") ?? settings.ResizeHeight,
        Steps = values.Whole("Hires steps") ?? settings.Steps,
        TokenMergingRatio = values.Number("Token merging ratio hr") ?? settings.TokenMergingRatio,
        Upscaler = values.Text("Hires upscaler") ?? settings.Upscaler,
        Sampler = values.Other("Hires sampler") ?? settings.Sampler,
        Scheduler = values.Other("Hires schedule type") ?? settings.Scheduler,
        Prompt = values.Text("Hires prompt") ?? settings.Prompt,
        NegativePrompt = values.Text("Hires negative prompt") ?? settings.NegativePrompt,
    };

    /// <summary>Values by key, read as what they are; null where they are missing or not that.</summary>
    private sealed class InfotextValues(InfotextContent content)
    {
        public bool Has(string key) => content.Values.ContainsKey(key);

        public string? Text(string key) => content.Values.GetValueOrDefault(key);

        /// <summary>The text, unless it says that the first pass's is meant.</summary>
        public string? Other(string key) => Text(key) is { } text && !text.StartsWith("Use same ", StringComparison.Ordinal) ? text : null;

        public int? Whole(string key) => int.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

        public long? Long(string key) => long.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

        public double? Number(string key) => double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

        // what an old version implies stands among the defaults
        public bool? Flag(string key) => Text(key) switch
        {
            "True" or "true" => true,
            "False" or "false" => false,
            _ => content.Defaults.GetValueOrDefault(key) is true ? true : null,
        };
    }
}
