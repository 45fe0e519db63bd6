using System.Text.Json;
using LoraBridge.Imaging;

namespace LoraBridge.Server.Tests.Sdapi.Drawing;

public sealed class JobAnswerTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    private static readonly string s_picture = Convert.ToBase64String(DrawnEngine.Png(8, 8, 100));

    [Fact]
    public async Task Parameters_OfTextToImage_RepeatEveryFieldWithItsDefault()
    {
        var server = shared.Fresh();

        var parameters = (await server.PostAsync("/sdapi/v1/txt2img", new { width = 64, height = 64, nothing = 1 })).GetProperty("parameters").GetRawText();

        Assert.Equal(
            """{"prompt":"","negative_prompt":"","styles":null,"seed":-1,"subseed":-1,"subseed_strength":0.0,"seed_resize_from_h":-1,"seed_resize_from_w":-1,"sampler_name":null,"scheduler":null,"batch_size":1,"n_iter":1,"steps":50,"cfg_scale":7.0,"width":64,"height":64,"restore_faces":null,"tiling":null,"do_not_save_samples":false,"do_not_save_grid":false,"eta":null,"denoising_strength":null,"s_min_uncond":null,"s_churn":null,"s_tmax":null,"s_tmin":null,"s_noise":null,"override_settings":null,"override_settings_restore_afterwards":true,"refiner_checkpoint":null,"refiner_switch_at":null,"disable_extra_networks":false,"firstpass_image":null,"comments":null,"enable_hr":false,"firstphase_width":0,"firstphase_height":0,"hr_scale":2.0,"hr_upscaler":null,"hr_second_pass_steps":0,"hr_resize_x":0,"hr_resize_y":0,"hr_checkpoint_name":null,"hr_sampler_name":null,"hr_scheduler":null,"hr_prompt":"","hr_negative_prompt":"","force_task_id":null,"sampler_index":"Euler","script_name":null,"script_args":null,"send_images":true,"save_images":false,"alwayson_scripts":null,"infotext":null}""",
            parameters);
    }

    [Fact]
    public async Task Parameters_OfImageToImage_HoldThePicturesOnlyWhereAsked()
    {
        var server = shared.Fresh();
        async Task<JsonElement> Parameters(bool include) =>
            (await server.PostAsync("/sdapi/v1/img2img", new { width = 8, height = 8, init_images = new[] { s_picture }, mask = s_picture, include_init_images = include })).GetProperty("parameters");

        var (without, with) = (await Parameters(false), await Parameters(true));

        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (without.GetProperty("init_images").ValueKind, without.GetProperty("mask").ValueKind));
        Assert.Equal((s_picture, s_picture), (with.GetProperty("init_images")[0].GetString(), with.GetProperty("mask").GetString()));
        Assert.Equal(
            ["init_images", "resize_mode", "image_cfg_scale", "mask", "mask_blur_x", "mask_blur_y", "mask_blur", "mask_round", "inpainting_fill", "inpaint_full_res", "inpaint_full_res_padding", "inpainting_mask_invert", "initial_noise_multiplier", "latent_mask", "force_task_id", "sampler_index", "include_init_images"],
            without.EnumerateObject().Select(member => member.Name).SkipWhile(name => name != "init_images").TakeWhile(name => name != "script_name"));
    }

    [Fact]
    public async Task Info_IsTextWithExactlyTheContractsKeys()
    {
        var server = shared.Fresh();

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { prompt = "é", negative_prompt = "n", width = 64, height = 64, seed = 5, batch_size = 2, n_iter = 2, styles = new[] { "s" } });
        var text = answer.GetProperty("info").GetString()!;
        var info = JsonSerializer.Deserialize<JsonElement>(text);

        Assert.All(text, letter => Assert.True(letter < 128));
        Assert.Equal(
            [
                "prompt", "all_prompts", "negative_prompt", "all_negative_prompts", "seed", "all_seeds", "subseed", "all_subseeds", "subseed_strength", "width", "height", "sampler_name", "cfg_scale",
                "steps", "batch_size", "restore_faces", "face_restoration_model", "sd_model_name", "sd_model_hash", "sd_vae_name", "sd_vae_hash", "seed_resize_from_w", "seed_resize_from_h",
                "denoising_strength", "extra_generation_params", "index_of_first_image", "infotexts", "styles", "job_timestamp", "clip_skip", "is_using_inpainting_conditioning", "version",
            ],
            info.EnumerateObject().Select(member => member.Name));
        Assert.Equal("[5,6,7,8]", info.GetProperty("all_seeds").GetRawText());
        Assert.Equal("[77,78,79,80]", info.GetProperty("all_subseeds").GetRawText());
        Assert.Equal(("é", 4, 4, 0), (info.GetProperty("prompt").GetString(), info.GetProperty("all_prompts").GetArrayLength(), info.GetProperty("infotexts").GetArrayLength(), info.GetProperty("index_of_first_image").GetInt32()));
        Assert.Equal("""{"Schedule type":"Automatic"}""", info.GetProperty("extra_generation_params").GetRawText());
        Assert.Equal(14, info.GetProperty("job_timestamp").GetString()!.Length);
        Assert.Equal(4, answer.GetProperty("images").GetArrayLength());
        Assert.Equal(-1, (await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8 })).GetProperty("parameters").GetProperty("seed").GetInt32());
    }

    [Fact]
    public async Task Info_WithAVariation_HasOneSeedForAll()
    {
        var server = shared.Fresh();

        var info = JsonSerializer.Deserialize<JsonElement>((await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, seed = 5, subseed_strength = 0.1, n_iter = 3 })).GetProperty("info").GetString()!);

        Assert.Equal("[5,5,5]", info.GetProperty("all_seeds").GetRawText());
    }

    [Fact]
    public async Task Warnings_StandInAHeaderOfTheirOwn()
    {
        var server = shared.Fresh();
        server.Engine.Warnings = [new("ink", "There is no LoRA named 'ünk'.")];

        using var answer = await server.Http.PostAsync(new Uri("/sdapi/v1/txt2img", UriKind.Relative), new StringContent("""{"width":8,"height":8}""", System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(["There is no LoRA named 'ünk'."], JsonSerializer.Deserialize<string[]>(answer.Headers.GetValues("X-LoraBridge-Warnings").Single())!);
        Assert.Equal(["images", "parameters", "info"], JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Images_NotWanted_AreNotSent()
    {
        var server = shared.Fresh();

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, send_images = false });

        Assert.Equal("[]", answer.GetProperty("images").GetRawText());
        Assert.Contains("\"infotexts\":[\"", answer.GetProperty("info").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_Saved_AreNumberedAndComeWithAGrid()
    {
        await using var server = await SdapiServer.StartAsync();
        var request = new { width = 16, height = 8, seed = 5, n_iter = 3, save_images = true, override_settings = new { save_to_dirs = false, save_txt = true } };

        var answer = await server.PostAsync("/sdapi/v1/txt2img", request);
        await server.PostAsync("/sdapi/v1/txt2img", request with { n_iter = 1 });
        var info = JsonSerializer.Deserialize<JsonElement>(answer.GetProperty("info").GetString()!);

        var folder = Path.Combine(server.Data, "outputs", "txt2img-images");
        Assert.Equal(["00000-5.png", "00000-5.txt", "00001-6.png", "00001-6.txt", "00002-7.png", "00002-7.txt", "00003-5.png", "00003-5.txt"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Single(Directory.GetFiles(Path.Combine(server.Data, "outputs", "txt2img-grids", DateTime.Now.ToString("yyyy-MM-dd"))));
        Assert.Equal((4, 4, 1), (answer.GetProperty("images").GetArrayLength(), info.GetProperty("infotexts").GetArrayLength(), info.GetProperty("index_of_first_image").GetInt32()));
        var grid = SdapiServer.Decode(answer.GetProperty("images")[0]);
        Assert.Equal((32, 16), (grid.Width, grid.Height));
        Assert.Equal((5, 6, 7, 255), (grid.Row(0)[0], grid.Row(0)[16 * 3], grid.Row(8)[0], grid.Row(8)[16 * 3]));
    }

    [Fact]
    public async Task Images_SavedElsewhere_LieThere()
    {
        await using var server = await SdapiServer.StartAsync();
        var own = Path.Combine(server.Data, "own");

        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, seed = 5, save_images = true, override_settings = new { outdir_txt2img_samples = own } });

        var file = Assert.Single(Directory.GetFiles(own, "*", SearchOption.AllDirectories));
        Assert.Contains("Seed: 5", PictureFile.Probe(file).Parameters, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_OfAnInterruptedJob_AreSentButNotSaved()
    {
        await using var server = await SdapiServer.StartAsync();
        server.Engine.Work = async (_, _) => await server.PostAsync("/sdapi/v1/interrupt");

        var answer = await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, save_images = true });

        Assert.Equal(1, answer.GetProperty("images").GetArrayLength());
        Assert.False(Directory.Exists(Path.Combine(server.Data, "outputs")));
    }

    [Fact]
    public async Task Images_InAFormatThatIsNone_AreRefusedBeforeTheyAreDrawn()
    {
        var server = shared.Fresh();

        var error = await server.PostAsync("/sdapi/v1/txt2img", new { override_settings = new { samples_format = "tiff" } }, System.Net.HttpStatusCode.InternalServerError);

        Assert.Equal("Invalid image format", error.GetProperty("detail").GetString());
        Assert.Empty(server.Engine.Calls);
    }

    [Theory]
    [InlineData("txt2img")]
    [InlineData("img2img")]
    public async Task OldClients_EveryOptionalField_IsTakenOneByOne(string kind)
    {
        var server = shared.Fresh();
        var basis = $$"""{"width":64,"height":64,"steps":3{{(kind == "img2img" ? $",\"init_images\":[\"{s_picture}\"]" : "")}}""";
        string[] fields =
        [
            "\"prompt\":\"a\"", "\"negative_prompt\":\"b\"", "\"styles\":[\"string\"]", "\"seed\":-1", "\"subseed\":-1", "\"subseed_strength\":0", "\"seed_resize_from_h\":-1", "\"sampler_name\":\"Euler a\"",
            "\"sampler_name\":\"PLMS\"", "\"sampler_name\":\"DDIM\"", "\"sampler_name\":null", "\"sampler_index\":\"Euler\"", "\"sampler_index\":null", "\"scheduler\":\"Automatic\"", "\"restore_faces\":true", "\"restore_faces\":false",
            "\"tiling\":true", "\"eta\":0", "\"s_churn\":0", "\"s_tmax\":0", "\"override_settings\":{}", "\"override_settings_restore_afterwards\":true", "\"script_args\":[]", "\"script_args\":null", "\"script_name\":\"\"",
            "\"alwayson_scripts\":{}", "\"send_images\":true", "\"save_images\":false", "\"do_not_save_samples\":true", "\"denoising_strength\":0.5", "\"comments\":{}", "\"infotext\":\"\"", "\"firstpass_image\":null",
            .. kind == "txt2img"
                ? new[] { "\"enable_hr\":true,\"denoising_strength\":0", "\"enable_hr\":true", "\"firstphase_width\":0", "\"hr_scale\":2", "\"hr_upscaler\":\"Latent\"", "\"hr_prompt\":\"\"" }
                : [$"\"mask\":\"{s_picture}\"", $"\"mask\":\"{s_picture}\",\"inpainting_mask_invert\":false", "\"resize_mode\":0", "\"mask_blur\":4", "\"inpainting_fill\":0", "\"inpaint_full_res\":false", "\"inpaint_full_res_padding\":0", "\"initial_noise_multiplier\":0", "\"include_init_images\":false", "\"image_cfg_scale\":1.5"],
        ];

        foreach (var body in fields.Select(field => $"{basis},{field}}}").Append(basis + "}").Append($"{basis},{string.Join(',', fields)}}}"))
        {
            using var answer = await server.Http.PostAsync(new Uri($"/sdapi/v1/{kind}", UriKind.Relative), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
            Assert.True(answer.IsSuccessStatusCode, $"{body}: {await answer.Content.ReadAsStringAsync()}");
        }
        Assert.Equal(fields.Length + 2, server.Engine.Calls.Count);
    }
}
