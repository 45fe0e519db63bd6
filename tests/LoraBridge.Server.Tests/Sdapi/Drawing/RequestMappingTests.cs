using System.Net;
using System.Text.Json;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;

namespace LoraBridge.Server.Tests.Sdapi.Drawing;

public sealed class RequestMappingTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    private static readonly string s_picture = Convert.ToBase64String(DrawnEngine.Png(8, 8, 100));

    [Fact]
    public async Task TextToImage_AnEmptyRequest_IsTheApisDefaults()
    {
        var request = await TextAsync("{}");

        Assert.Equal(("", "", 512, 512, 50, "Euler", null), (request.Prompt, request.NegativePrompt, request.Width, request.Height, request.Steps, request.Sampler, request.Scheduler));
        Assert.Equal((7.0, null, null, 0.0, 1, 1), (request.GuidanceScale, request.Seed, request.Subseed, request.SubseedStrength, request.Count, request.BatchSize));
        Assert.Equal((1, EmphasisMode.Original, 20, true, false, false), (request.ClipSkip, request.Emphasis, request.CommaBacktrack, request.PromptComments, request.OldTimelines, request.Seamless));
        Assert.Equal((NoiseOrigin.Philox, null, null, null), (request.NoiseOrigin, request.Eta, request.Hires, request.Refiner));
        Assert.Equal(new SamplingSettings(), request.Sampling);
        Assert.Equal(new GuidanceSettings(), request.Guidance);
        Assert.Equal(new InfotextSettings(), request.Infotext);
        Assert.Equal(new PreviewSettings { EverySteps = 10 }, request.Previews);
        Assert.Empty(request.Loras);
    }

    /// <summary>Pictures from pictures have a setting of their own, before which only the request's own goes.</summary>
    [Fact]
    public async Task TokenMerging_FollowsTheSettingsOfEachKindOfPicture()
    {
        const string Own = "\"token_merging_ratio\":0.2", Later = "\"token_merging_ratio_hr\":0.3", FromPictures = "\"token_merging_ratio_img2img\":0.4";

        var text = await TextAsync($$"""{"enable_hr":true,"override_settings":{ {{Own}},{{Later}},{{FromPictures}} } }""");
        var pictures = await ImageAsync($$"""{"init_images":["{{s_picture}}"],"override_settings":{ {{FromPictures}} } }""");
        var both = await ImageAsync($$"""{"init_images":["{{s_picture}}"],"override_settings":{ {{Own}},{{FromPictures}} } }""");

        Assert.Equal((0.2, 0.3), (text.TokenMergingRatio, text.Hires!.TokenMergingRatio));
        Assert.Equal((0.4, 0.2), (pictures.TokenMergingRatio, both.TokenMergingRatio));
        Assert.Equal(0, (await TextAsync("{}")).TokenMergingRatio);
    }

    [Fact]
    public async Task TextToImage_EveryField_IsFollowed()
    {
        var request = await TextAsync("""
            {"prompt":"p","negative_prompt":"n","seed":5,"subseed":6,"subseed_strength":0.3,"seed_resize_from_h":64,"seed_resize_from_w":72,"sampler_index":"x","sampler_name":"Euler a",
             "scheduler":"karras","batch_size":2,"n_iter":3,"steps":4,"cfg_scale":5.5,"width":77,"height":"90","tiling":true,"eta":0.5,"s_min_uncond":0.1,"s_churn":0.2,"s_tmax":9,"s_tmin":0.4,"s_noise":1.1,
             "disable_extra_networks":true}
            """);

        Assert.Equal(("p", "n", 5, 6, 0.3), (request.Prompt, request.NegativePrompt, request.Seed, request.Subseed, request.SubseedStrength));
        Assert.Equal((72, 64, "Euler a", "karras"), (request.SeedResizeFromWidth, request.SeedResizeFromHeight, request.Sampler, request.Scheduler));
        Assert.Equal((6, 2, 4, 5.5), (request.Count, request.BatchSize, request.Steps, request.GuidanceScale));
        Assert.Equal((72, 88, true, 0.5, true), (request.Width, request.Height, request.Seamless, request.Eta, request.IgnoreLoraTags));
        Assert.Equal(new SamplingSettings { Churn = 0.2, ChurnUpTo = 9, ChurnFrom = 0.4, NoiseFactor = 1.1 }, request.Sampling);
        Assert.Equal(0.1, request.Guidance.NegativeDownTo);
    }

    [Fact]
    public async Task TextToImage_SettingsOfTheJob_AreFollowed()
    {
        var request = await TextAsync("""
            {"s_churn":0.2,"s_noise":1.1,"override_settings":{"CLIP_stop_at_last_layers":2,"emphasis":"No norm","comma_padding_backtrack":0,"enable_prompt_comments":false,"randn_source":"CPU","eta_noise_seed_delta":31337,
             "eta_ancestral":0.9,"eta_ddim":0.1,"s_churn":0.7,"sigma_min":0.1,"sigma_max":10,"rho":5,"always_discard_next_to_last_sigma":true,"sgm_noise_multiplier":true,"s_min_uncond":2,
             "s_min_uncond_all":true,"skip_early_cond":0.2,"pad_cond_uncond":true,"beta_dist_alpha":0.7,"beta_dist_beta":0.8,"use_old_scheduling":true,"use_downcasted_alpha_bar":true,
             "tiling":true,"uni_pc_variant":"bh2","uni_pc_skip_type":"logSNR","uni_pc_order":2,"uni_pc_lower_order_final":false,"sd_noise_schedule":"Zero Terminal SNR",
             "sd_lora":"ink","extra_networks_default_multiplier":0.5,"add_version_to_infotext":false,"show_progress_type":"Full","show_progress_every_n_steps":3}}
            """);

        Assert.Equal((2, EmphasisMode.NoNorm, 0, false, NoiseOrigin.Cpu, 31337), (request.ClipSkip, request.Emphasis, request.CommaBacktrack, request.PromptComments, request.NoiseOrigin, request.EtaNoiseSeedDelta));
        Assert.Equal(
            new SamplingSettings
            {
                Churn = 0.7,
                NoiseFactor = 1.1,
                EtaAncestral = 0.9,
                EtaDdim = 0.1,
                KeepVariance = true,
                ZeroTerminalSnr = true,
                DowncastAlphas = true,
                Scheduler = new() { SigmaMin = 0.1, SigmaMax = 10, Rho = 5, BetaAlpha = 0.7, BetaBeta = 0.8, AlwaysDiscardNextToLastSigma = true },
                UniPc = new() { Variant = UniPcVariant.Bh2, SkipType = UniPcSkipType.LogSnr, Order = 2, LowerOrderFinal = false },
            },
            request.Sampling);
        Assert.Equal(new GuidanceSettings { NegativeDownTo = 2, NegativeDownToAtEveryStep = true, NegativeFrom = 0.2, Padding = PromptPadding.EmptyPrompt }, request.Guidance);
        Assert.Equal([new LoraTag("ink", 0.5, 0.5, null)], request.Loras);
        Assert.Equal(new PreviewSettings { EverySteps = 3, Kind = PreviewKind.Full }, request.Previews);
        Assert.True(request.OldTimelines && request.Seamless && !request.Infotext.Version);
    }

    [Fact]
    public async Task TextToImage_ASecondPass_HasItsFields()
    {
        var request = await TextAsync("""{"enable_hr":true,"hr_scale":1.5,"hr_upscaler":"latent (nearest)","hr_second_pass_steps":7,"hr_resize_x":100,"hr_resize_y":120,"hr_checkpoint_name":"plai","hr_sampler_name":"DDIM","hr_scheduler":"Karras","hr_prompt":"hp","hr_negative_prompt":"hn","denoising_strength":0}""");
        var plain = await TextAsync("""{"enable_hr":true,"hr_sampler_name":"Use same sampler","hr_checkpoint_name":"Use same checkpoint"}""");
        var old = await TextAsync("""{"enable_hr":true,"width":768,"height":1024,"firstphase_width":384}""");

        Assert.Equal(
            new HiresSettings
            {
                Scale = 1.5,
                Upscaler = "Latent (nearest)",
                Steps = 7,
                ResizeWidth = 100,
                ResizeHeight = 120,
                Sampler = "DDIM",
                Scheduler = "Karras",
                Prompt = "hp",
                NegativePrompt = "hn",
                DenoisingStrength = 0,
                ModelPath = request.Hires!.ModelPath,
            },
            request.Hires);
        Assert.EndsWith("plain.safetensors", request.Hires.ModelPath, StringComparison.Ordinal);
        Assert.Equal(new HiresSettings(), plain.Hires);
        Assert.Equal((384, 1024, 768, 1024), (old.Width, old.Height, old.Hires!.ResizeWidth, old.Hires.ResizeHeight));
    }

    [Theory]
    [InlineData("""{"enable_hr":true,"hr_upscaler":"gone"}""", "could not find upscaler named gone")]
    [InlineData("""{"enable_hr":true,"hr_checkpoint_name":"gone"}""", "Could not find checkpoint with name gone")]
    [InlineData("""{"refiner_checkpoint":"gone","refiner_switch_at":0.5}""", "Could not find checkpoint with name gone")]
    [InlineData("""{"override_settings":{"gone":1}}""", "'gone'")]
    public async Task TextToImage_WhatIsNotThere_Is500(string body, string errors)
    {
        var server = shared.Fresh();

        var error = await server.PostAsync("/sdapi/v1/txt2img", Json(body), HttpStatusCode.InternalServerError);

        Assert.Equal(errors, error.GetProperty("errors").GetString());
        Assert.Empty(server.Engine.Calls);
    }

    [Theory]
    [InlineData("""{"width":4}""", "Width")]
    [InlineData("""{"steps":0}""", "Steps")]
    [InlineData("""{"batch_size":1000}""", "BatchSize")]
    public async Task TextToImage_AnAbsurdNumber_IsRefusedBeforeItWaits(string body, string name)
    {
        var server = shared.Fresh();

        var error = await server.PostAsync("/sdapi/v1/txt2img", Json(body), HttpStatusCode.UnprocessableEntity);

        Assert.Contains(name, error.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"refiner_checkpoint":"plain","refiner_switch_at":0.8}""", 0.8)]
    [InlineData("""{"refiner_checkpoint":"plain"}""", null)]
    [InlineData("""{"refiner_checkpoint":"None","refiner_switch_at":0.8}""", null)]
    [InlineData("""{"refiner_checkpoint":"plain","refiner_switch_at":1}""", null)]
    [InlineData("""{"alwayson_scripts":{"refiner":{"args":[true,"plain",0.7]}}}""", 0.7)]
    [InlineData("""{"alwayson_scripts":{"Refiner":{"args":[false,"plain",0.7]}}}""", null)]
    public async Task TextToImage_ARefiner_SwitchesBetweenZeroAndOne(string body, double? at) => Assert.Equal(at, (await TextAsync(body)).Refiner?.SwitchAt);

    [Fact]
    public async Task ImageToImage_OnlyAPicture_IsTheApisDefaults()
    {
        var request = await ImageAsync($$"""{"init_images":["{{s_picture}}"],"mask":"{{s_picture}}"}""");

        Assert.Equal((0.75, PictureResizeMode.Stretch, false, 1.0, 0.0, false), (request.DenoisingStrength, request.ResizeMode, request.ExactSteps, request.InitialNoiseFactor, request.ExtraNoise, request.ColorCorrection));
        Assert.Equal(new InpaintSettings { Content = MaskedContent.Fill, OnlyMasked = true, Padding = 0 }, request.Inpaint);
        Assert.Equal((1, Rgb.White), (request.InitPictures.Count, request.Background));
        Assert.NotNull(request.Mask);
    }

    [Fact]
    public async Task ImageToImage_EveryField_IsFollowed()
    {
        var request = await ImageAsync($$"""
            {"init_images":["{{s_picture}}"],"resize_mode":2,"mask_blur_x":1,"mask_blur_y":2,"mask_blur":9,"mask_round":false,"inpainting_fill":3,"inpaint_full_res":false,"inpaint_full_res_padding":32,
             "inpainting_mask_invert":true,"initial_noise_multiplier":1.2,"denoising_strength":0.4,
             "override_settings":{"img2img_fix_steps":true,"img2img_color_correction":true,"img2img_extra_noise":0.1,"img2img_background_color":"#102030","overlay_inpaint":false} }
            """);

        Assert.Equal((PictureResizeMode.Fill, 0.4, 1.2, true, true, 0.1), (request.ResizeMode, request.DenoisingStrength, request.InitialNoiseFactor, request.ExactSteps, request.ColorCorrection, request.ExtraNoise));
        Assert.Equal(new InpaintSettings { BlurX = 9, BlurY = 9, Round = false, Invert = true, Content = MaskedContent.LatentNothing, OnlyMasked = false, Padding = 32, Overlay = false }, request.Inpaint);
        Assert.Equal(new Rgb(0x10, 0x20, 0x30), request.Background);
    }

    [Fact]
    public async Task ImageToImage_SeveralPictures_SetTheBatchSize()
    {
        var server = shared.Fresh();

        var request = await ImageAsync($$"""{"init_images":["{{s_picture}}","{{s_picture}}"],"batch_size":4,"n_iter":2}""");
        var error = await server.PostAsync("/sdapi/v1/img2img", Json($$"""{"init_images":["{{s_picture}}","{{s_picture}}"]}"""), HttpStatusCode.InternalServerError);

        Assert.Equal((2, 4), (request.BatchSize, request.Count));
        Assert.Contains("2 init_images", error.GetProperty("errors").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_ACheckpointAndAnAutoencoderOfItsOwn_AreUsedForItAlone()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            var models = Path.Combine(webUi, "models", "Stable-diffusion");
            File.WriteAllText(Path.Combine(models, "a.safetensors"), "a");
            File.WriteAllText(Path.Combine(models, "b.safetensors"), "b");
            File.WriteAllText(Path.Combine(models, "own.vae.pt"), "v");
        });
        async Task<string> Used(string settings, bool restore = true)
        {
            await server.PostAsync("/sdapi/v1/txt2img", Json($$"""{"width":8,"height":8,"override_settings":{{settings}},"override_settings_restore_afterwards":{{(restore ? "true" : "false")}}}"""));
            var model = server.Engine.Calls[^1].Model;
            return $"{Path.GetFileName(model.Path)} {Path.GetFileName(model.Vae)}";
        }

        Assert.Equal("b.safetensors own.vae.pt", await Used("""{"sd_model_checkpoint":"b","sd_vae":"own.vae.pt"}"""));
        Assert.Equal("a.safetensors ", await Used("""{"sd_model_checkpoint":"gone"}"""));
        Assert.Equal("b.safetensors ", await Used("""{"sd_model_checkpoint":"b"}""", restore: false));
        Assert.Equal("b.safetensors ", await Used("null"));
    }

    [Fact]
    public async Task Job_WithoutAnyCheckpoint_SaysWhereToPutOne()
    {
        await using var server = await SdapiServer.StartAsync(prepare: _ => { });

        var error = await server.PostAsync("/sdapi/v1/txt2img", new { }, HttpStatusCode.InternalServerError);

        Assert.Contains("--model FILE", error.GetProperty("errors").GetString(), StringComparison.Ordinal);
    }

    private async Task<TextToImageRequest> TextAsync(string body)
    {
        var server = shared.Fresh();
        await server.PostAsync("/sdapi/v1/txt2img", Json(body));
        return server.Engine.Text;
    }

    private async Task<ImageToImageRequest> ImageAsync(string body)
    {
        var server = shared.Fresh();
        await server.PostAsync("/sdapi/v1/img2img", Json(body));
        return server.Engine.Image;
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
