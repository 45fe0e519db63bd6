using System.Text.Json;
using LoraBridge.Generation;

namespace LoraBridge.Server.Tests.Sdapi.Drawing;

public sealed class InfotextFieldsTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    private const string Heron = """
        a heron in reeds <lora:inkwash_v3:0.8>
        Negative prompt: lowres, (blurry:1.2)
        Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 90210, Size: 640x832, Model hash: 6ce0161689, Model: v1-5, Variation seed: 7, Variation seed strength: 0.5, Seed resize from: 64x72, Denoising strength: 0.45, Clip skip: 2, ENSD: 31337, RNG: CPU, Tiling: True, Hires prompt: "tower, \"storm\"", Hires upscale: 1.5, Hires steps: 12, Hires upscaler: Latent (nearest-exact), Hires sampler: Euler a, Eta: 0.9, Pad conds: True, NGMS: 0.3, Version: v1.10.1
        """;

    [Fact]
    public async Task TextToImage_OnlyAnInfotext_IsDrawnAsItSays()
    {
        var request = await TextAsync(new { infotext = Heron });

        Assert.Equal(("a heron in reeds <lora:inkwash_v3:0.8>", "lowres, (blurry:1.2)"), (request.Prompt, request.NegativePrompt));
        Assert.Equal((28, "DPM++ 2M", "Karras", 6.5, 90210, 640, 832), (request.Steps, request.Sampler, request.Scheduler, request.GuidanceScale, request.Seed, request.Width, request.Height));
        Assert.Equal((7, 0.5, 64, 72), (request.Subseed, request.SubseedStrength, request.SeedResizeFromWidth, request.SeedResizeFromHeight));
        Assert.Equal((2, 31337, LoraBridge.Diffusion.Noise.NoiseOrigin.Cpu, true, 0.9), (request.ClipSkip, request.EtaNoiseSeedDelta, request.NoiseOrigin, request.Seamless, request.Sampling.EtaAncestral));
        Assert.Equal((LoraBridge.Diffusion.PromptPadding.EmptyPrompt, 0.3), (request.Guidance.Padding, request.Guidance.NegativeDownTo));
        Assert.Equal(new HiresSettings { Prompt = "tower, \"storm\"", Scale = 1.5, Steps = 12, Upscaler = "Latent (nearest-exact)", Sampler = "Euler a", DenoisingStrength = 0.45 }, request.Hires);
    }

    [Fact]
    public async Task TextToImage_WhatTheRequestSays_Wins()
    {
        var request = await TextAsync(new { infotext = Heron, steps = 3, prompt = "", seed = -1, enable_hr = false, override_settings = new { CLIP_stop_at_last_layers = 1 } });

        Assert.Equal((3, "", null, null, 1), (request.Steps, request.Prompt, request.Seed, request.Hires, request.ClipSkip));
        Assert.Equal((640, 31337), (request.Width, request.EtaNoiseSeedDelta));
    }

    [Fact]
    public async Task ImageToImage_AnInfotext_GivesNeitherPromptsNorSize()
    {
        var server = shared.Fresh();

        await server.PostAsync("/sdapi/v1/img2img", new { infotext = Heron, init_images = new[] { Convert.ToBase64String(DrawnEngine.Png(8, 8, 1)) } });

        var request = server.Engine.Image;
        Assert.Equal(("", "", 512, 512, 7.0, 0.75), (request.Prompt, request.NegativePrompt, request.Width, request.Height, request.GuidanceScale, request.DenoisingStrength));
        Assert.Equal((28, "DPM++ 2M", "Karras", 90210, 7, 0.5, 2), (request.Steps, request.Sampler, request.Scheduler, request.Seed, request.Subseed, request.SubseedStrength, request.ClipSkip));
    }

    [Fact]
    public async Task Parameters_OfTheAnswer_HaveTheInfotextApplied()
    {
        var server = shared.Fresh();

        var parameters = (await server.PostAsync("/sdapi/v1/txt2img", new { infotext = Heron, steps = 3 })).GetProperty("parameters");

        Assert.Equal((3, 90210, "Karras", true), (parameters.GetProperty("steps").GetInt32(), parameters.GetProperty("seed").GetInt64(), parameters.GetProperty("scheduler").GetString(), parameters.GetProperty("enable_hr").GetBoolean()));
        var settings = parameters.GetProperty("override_settings");
        Assert.Equal((2, "CPU"), (settings.GetProperty("CLIP_stop_at_last_layers").GetInt32(), settings.GetProperty("randn_source").GetString()));
        Assert.False(settings.TryGetProperty("sd_model_checkpoint", out _));
        Assert.False(settings.TryGetProperty("emphasis", out _));
    }

    [Fact]
    public async Task Settings_ThatAreSetOtherwise_GoBackToWhatTheInfotextMeans()
    {
        await using var server = await SdapiServer.StartAsync();
        await server.PostAsync("/sdapi/v1/options", new { CLIP_stop_at_last_layers = 5 });

        await server.PostAsync("/sdapi/v1/txt2img", new { infotext = "a\nSteps: 2, Sampler: Euler, Seed: 1, Size: 8x8" });
        var after = await server.GetAsync("/sdapi/v1/options");

        Assert.Equal(1, server.Engine.Text.ClipSkip);
        Assert.Equal(5, after.GetProperty("CLIP_stop_at_last_layers").GetDouble());
    }

    [Fact]
    public async Task Checkpoint_OfTheInfotext_IsTakenOnlyWhereThatIsAllowed()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "a.safetensors"), "a");
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "b.safetensors"), "b");
        });
        await server.HashesAsync();
        async Task<string?> Used(object settings)
        {
            await server.PostAsync("/sdapi/v1/options", settings);
            await server.PostAsync("/sdapi/v1/txt2img", new { infotext = "a\nSteps: 2, Sampler: Euler, Seed: 1, Model hash: 3e23e81600" });
            return Path.GetFileName(server.Engine.Calls[^1].Model.Path);
        }

        Assert.Equal("a.safetensors", await Used(new { }));
        Assert.Equal("b.safetensors", await Used(new { disable_weights_auto_swap = false }));
    }

    [Fact]
    public async Task Styles_InItsPrompts_AreRecognised()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "a.safetensors"), "a");
            File.WriteAllText(Path.Combine(webUi, "styles.csv"), "name,prompt,negative_prompt\nink,\"drawing of {prompt}, ink\",blurry\n");
        });

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { infotext = "drawing of a cat, ink\nNegative prompt: dog, blurry\nSteps: 2, Sampler: Euler, Seed: 1" });

        Assert.Equal("""["ink"]""", JsonSerializer.Serialize(answer.GetProperty("parameters").GetProperty("styles")));
        Assert.Equal("a cat", answer.GetProperty("parameters").GetProperty("prompt").GetString());
        Assert.Equal(("drawing of a cat, ink", "dog, blurry"), (server.Engine.Text.Prompt, server.Engine.Text.NegativePrompt));
    }

    private async Task<TextToImageRequest> TextAsync(object body)
    {
        var server = shared.Fresh();
        await server.PostAsync("/sdapi/v1/txt2img", body);
        return server.Engine.Text;
    }
}
