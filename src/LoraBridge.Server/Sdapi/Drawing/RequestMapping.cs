using System.Globalization;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Turns the fields of a request and the settings into what the library draws.</summary>
/// <param name="checkpoints">Where second passes and refiners find theirs.</param>
/// <param name="styles">The styles that requests name.</param>
internal sealed class RequestMapping(CheckpointList checkpoints, StyleList styles)
{
    private const int Cell = 8;

    /// <summary>Pictures that begin with noise.</summary>
    /// <exception cref="SdapiFailure">A checkpoint or an upscaler does not exist.</exception>
    public TextToImageRequest TextToImage(FieldValues fields, Options options)
    {
        var request = Shared(new TextToImageRequest(), fields, options);
        if (!fields.Flag("enable_hr")) return request;

        var hires = new HiresSettings
        {
            TokenMergingRatio = Ratio(options, "token_merging_ratio_hr"),
            Scale = fields.Number("hr_scale"),
            ResizeWidth = fields.Count("hr_resize_x"),
            ResizeHeight = fields.Count("hr_resize_y"),
            Upscaler = SecondPassUpscaler(fields.TextOrNull("hr_upscaler")),
            Steps = fields.Count("hr_second_pass_steps"),
            Sampler = Unless(fields.TextOrNull("hr_sampler_name"), "Use same sampler"),
            Scheduler = Unless(fields.TextOrNull("hr_scheduler"), "Use same scheduler"),
            Prompt = styles.Current.Apply(fields.Text("hr_prompt"), fields.Text("hr_prompt").Length == 0 ? [] : fields.Texts("styles")),
            NegativePrompt = styles.Current.ApplyNegative(fields.Text("hr_negative_prompt"), fields.Text("hr_negative_prompt").Length == 0 ? [] : fields.Texts("styles")),
            DenoisingStrength = fields.NumberOrNull("denoising_strength") ?? 0.75,
            ModelPath = Other(Unless(fields.TextOrNull("hr_checkpoint_name"), "Use same checkpoint")),
        };
        var (firstWidth, firstHeight) = (fields.Count("firstphase_width"), fields.Count("firstphase_height"));
        if (firstWidth == 0 && firstHeight == 0) return request with { Hires = hires };
        // the old way round: the size is that of the end
        return request with
        {
            Width = Whole(firstWidth == 0 ? request.Width : firstWidth),
            Height = Whole(firstHeight == 0 ? request.Height : firstHeight),
            Hires = hires with { ResizeWidth = request.Width, ResizeHeight = request.Height },
        };
    }

    /// <summary>Pictures that begin with pictures.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="options">The settings.</param>
    /// <param name="init">The pictures' files.</param>
    /// <param name="mask">The mask's file, or null.</param>
    /// <exception cref="SdapiFailure">There are more pictures than a batch has.</exception>
    public ImageToImageRequest ImageToImage(FieldValues fields, Options options, IReadOnlyList<byte[]> init, byte[]? mask)
    {
        var request = Shared(new ImageToImageRequest(), fields, options);
        if (init.Count > 1)
        {
            if (init.Count > request.BatchSize) throw new SdapiFailure("RuntimeError", $"there are {init.Count} init_images for batches of {request.BatchSize}: send one, or raise batch_size");
            request = request with { BatchSize = init.Count, Count = init.Count * fields.Count("n_iter") };
        }
        var blur = fields.CountOrNull("mask_blur");
        return request with
        {
            TokenMergingRatio = fields.Members("override_settings").ContainsKey("token_merging_ratio") && request.TokenMergingRatio > 0 ? request.TokenMergingRatio
                : Ratio(options, "token_merging_ratio_img2img") is > 0 and var ofPictures ? ofPictures : request.TokenMergingRatio,
            InitPictures = init,
            Mask = mask,
            ResizeMode = (PictureResizeMode)Math.Clamp(fields.Integer("resize_mode"), 0, 3),
            DenoisingStrength = Math.Clamp(fields.Number("denoising_strength"), 0, 1),
            ExactSteps = options.Flag("img2img_fix_steps"),
            Background = Color(options.Text("img2img_background_color")),
            InitialNoiseFactor = fields.NumberOrNull("initial_noise_multiplier") ?? options.Number("initial_noise_multiplier"),
            ExtraNoise = options.Number("img2img_extra_noise"),
            ColorCorrection = options.Flag("img2img_color_correction"),
            Inpaint = new InpaintSettings
            {
                BlurX = blur ?? fields.Count("mask_blur_x"),
                BlurY = blur ?? fields.Count("mask_blur_y"),
                Round = fields.Flag("mask_round"),
                Invert = fields.Integer("inpainting_mask_invert") != 0,
                Content = (MaskedContent)Math.Clamp(fields.Integer("inpainting_fill"), 0, 3),
                OnlyMasked = fields.Flag("inpaint_full_res"),
                Padding = fields.Count("inpaint_full_res_padding"),
                Overlay = options.Flag("overlay_inpaint"),
            },
        };
    }

    private T Shared<T>(T request, FieldValues fields, Options options) where T : PictureRequest => request with
    {
        Prompt = styles.Current.Apply(fields.Text("prompt"), fields.Texts("styles")),
        NegativePrompt = styles.Current.ApplyNegative(fields.Text("negative_prompt"), fields.Texts("styles")),
        Width = Whole(fields.Count("width")),
        Height = Whole(fields.Count("height")),
        Steps = fields.Count("steps"),
        Sampler = fields.TextOrNull("sampler_name") ?? fields.Text("sampler_index"),
        Scheduler = fields.TextOrNull("scheduler"),
        GuidanceScale = fields.Number("cfg_scale"),
        Seed = Drawn(fields.Integer("seed")),
        Subseed = Drawn(fields.Integer("subseed")),
        SubseedStrength = fields.Number("subseed_strength"),
        SeedResizeFromWidth = fields.Count("seed_resize_from_w"),
        SeedResizeFromHeight = fields.Count("seed_resize_from_h"),
        EtaNoiseSeedDelta = options.Count("eta_noise_seed_delta"),
        NoiseOrigin = options.Text("randn_source") == "CPU" ? NoiseOrigin.Cpu : NoiseOrigin.Philox,
        Eta = fields.NumberOrNull("eta"),
        Count = (int)Math.Clamp(fields.Integer("batch_size") * fields.Integer("n_iter"), int.MinValue, int.MaxValue),
        BatchSize = fields.Count("batch_size"),
        IgnoreLoraTags = fields.Flag("disable_extra_networks"),
        ClipSkip = Math.Max(1, options.Count("CLIP_stop_at_last_layers")),
        Emphasis = options.Text("emphasis") switch
        {
            "None" => EmphasisMode.None,
            "Ignore" => EmphasisMode.Ignore,
            "No norm" => EmphasisMode.NoNorm,
            _ => EmphasisMode.Original,
        },
        CommaBacktrack = options.Count("comma_padding_backtrack"),
        PromptComments = options.Flag("enable_prompt_comments"),
        OldTimelines = options.Flag("use_old_scheduling"),
        Seamless = fields.FlagOrNull("tiling") ?? options.Flag("tiling"),
        TokenMergingRatio = Ratio(options, "token_merging_ratio"),
        Loras = DefaultLora(fields, options),
        Sampling = Sampling(fields, options),
        Guidance = new GuidanceSettings
        {
            NegativeDownTo = fields.NumberOrNull("s_min_uncond") ?? options.Number("s_min_uncond"),
            NegativeDownToAtEveryStep = options.Flag("s_min_uncond_all"),
            NegativeFrom = options.Number("skip_early_cond"),
            Padding = options.Flag("pad_cond_uncond_v0") ? PromptPadding.LastRow : options.Flag("pad_cond_uncond") ? PromptPadding.EmptyPrompt : PromptPadding.None,
        },
        Refiner = Refiner(fields),
        Infotext = new InfotextSettings
        {
            ModelName = options.Flag("add_model_name_to_info"),
            ModelHash = options.Flag("add_model_hash_to_info"),
            VaeName = options.Flag("add_vae_name_to_info"),
            VaeHash = options.Flag("add_vae_hash_to_info"),
            LoraHashes = options.Flag("lora_add_hashes_to_infotext"),
            EmbeddingHashes = options.Flag("textual_inversion_add_hashes_to_infotext"),
            Version = options.Flag("add_version_to_infotext"),
        },
        Previews = options.Flag("live_previews_enable") && options.Count("show_progress_every_n_steps") is > 0 and var every
            ? new PreviewSettings { EverySteps = Math.Min(every, 1000), Kind = options.Text("show_progress_type") == "Full" ? PreviewKind.Full : PreviewKind.Approximate }
            : null,
    };

    private static double Ratio(Options options, string name) => Math.Clamp(options.Number(name), 0, 1);

    private static SamplingSettings Sampling(FieldValues fields, Options options) => new()
    {
        // for these a setting that is not the usual one wins over the request, as upstream
        Churn = options.NumberIfChanged("s_churn") ?? fields.NumberOrNull("s_churn") ?? 0,
        ChurnFrom = options.NumberIfChanged("s_tmin") ?? fields.NumberOrNull("s_tmin") ?? 0,
        ChurnUpTo = options.NumberIfChanged("s_tmax") ?? fields.NumberOrNull("s_tmax") ?? 0,
        NoiseFactor = options.NumberIfChanged("s_noise") ?? fields.NumberOrNull("s_noise") ?? 1,
        EtaAncestral = options.Number("eta_ancestral"),
        EtaDdim = options.Number("eta_ddim"),
        KeepVariance = options.Flag("sgm_noise_multiplier"),
        ZeroTerminalSnr = options.Text("sd_noise_schedule") == "Zero Terminal SNR",
        DowncastAlphas = options.Flag("use_downcasted_alpha_bar"),
        Scheduler = new SchedulerOptions
        {
            SigmaMin = options.Number("sigma_min"),
            SigmaMax = options.Number("sigma_max"),
            Rho = options.Number("rho"),
            BetaAlpha = options.Number("beta_dist_alpha"),
            BetaBeta = options.Number("beta_dist_beta"),
            AlwaysDiscardNextToLastSigma = options.Flag("always_discard_next_to_last_sigma"),
        },
        UniPc = new UniPcOptions
        {
            Variant = options.Text("uni_pc_variant") == "bh2" ? UniPcVariant.Bh2 : UniPcVariant.Bh1,
            SkipType = options.Text("uni_pc_skip_type") switch { "time_quadratic" => UniPcSkipType.TimeQuadratic, "logSNR" => UniPcSkipType.LogSnr, _ => UniPcSkipType.TimeUniform },
            Order = Math.Clamp(options.Count("uni_pc_order"), 1, 50),
            LowerOrderFinal = options.Flag("uni_pc_lower_order_final"),
        },
    };

    private static IReadOnlyList<LoraTag> DefaultLora(FieldValues fields, Options options)
    {
        if (options.Text("sd_lora") is not { Length: > 0 } name || name == "None" || fields.Flag("disable_extra_networks")) return [];
        // a prompt that names it already has it
        if (ExtraNetworkTags.Parse(fields.Text("prompt")).Loras([]).Any(tag => tag.Name == name)) return [];
        var weight = options.Number("extra_networks_default_multiplier");
        return [new(name, weight, weight, null)];
    }

    private RefinerSettings? Refiner(FieldValues fields)
    {
        var name = Unless(fields.TextOrNull("refiner_checkpoint"), "None");
        return name is null or "none" || fields.NumberOrNull("refiner_switch_at") is not (> 0 and < 1) || Other(name) is not { } path ? null
            : new(path, fields.Number("refiner_switch_at"));
    }

    private string? Other(string? name) => name is null ? null
        : checkpoints.FindLike(name)?.Path ?? throw new SdapiFailure("Exception", $"Could not find checkpoint with name {name}");

    private static string SecondPassUpscaler(string? name)
    {
        if (string.IsNullOrEmpty(name)) return LatentUpscaling.Default;
        return LatentUpscaling.Find(name)?.Name ?? Upscalers.Find(name)?.Name ?? throw new SdapiFailure("Exception", $"could not find upscaler named {name}");
    }

    private static string? Unless(string? text, string none) => string.IsNullOrEmpty(text) || text == none ? null : text;

    private static long? Drawn(long seed) => seed == -1 ? null : seed;

    // latents have whole cells, and pictures what they decode to
    private static int Whole(int pixels) => pixels / Cell * Cell;

    private static Rgb Color(string? text) =>
        text is ['#', ..] && text.Length == 7 && int.TryParse(text.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var rgb)
            ? new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb)
            : Rgb.White;
}
