using System.Text.Json;

namespace LoraBridge.Server.Tests.Sdapi.Endpoints;

public sealed class ListingApiTests
{
    [Fact]
    public async Task Samplers_InTheWebUisOrder_HaveTextForOptions()
    {
        await using var server = await SdapiServer.StartAsync();

        var samplers = (await server.GetAsync("/sdapi/v1/samplers")).EnumerateArray().ToList();

        string[] names = ["DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 2S a", "DPM++ 3M SDE", "Euler a", "Euler", "LMS", "Heun", "DPM2", "DPM2 a", "DPM fast", "DPM adaptive", "Restart", "DDIM", "DDIM CFG++", "PLMS", "UniPC", "LCM"];
        Assert.Equal(names, samplers.Select(sampler => sampler.GetProperty("name").GetString()));
        Assert.Equal("""{"name":"DPM++ 2M SDE Heun","aliases":["k_dpmpp_2m_sde_heun"],"options":{"scheduler":"exponential","brownian_noise":"True","solver_type":"heun"}}""", samplers[3].GetRawText());
        Assert.Equal("""{"scheduler":"karras","uses_ensd":"True","discard_next_to_last_sigma":"True","second_order":"True"}""", samplers[11].GetProperty("options").GetRawText());
        Assert.Equal("{}", samplers[7].GetProperty("options").GetRawText());
    }

    [Fact]
    public async Task Schedulers_HaveTheContractsFields()
    {
        await using var server = await SdapiServer.StartAsync();

        var schedulers = (await server.GetAsync("/sdapi/v1/schedulers")).EnumerateArray().Select(scheduler => scheduler.GetRawText()).ToList();

        Assert.Equal(12, schedulers.Count);
        Assert.Equal("""{"name":"automatic","label":"Automatic","aliases":null,"default_rho":-1.0,"need_inner_model":false}""", schedulers[0]);
        Assert.Equal("""{"name":"karras","label":"Karras","aliases":null,"default_rho":7.0,"need_inner_model":false}""", schedulers[2]);
        Assert.Equal("""{"name":"sgm_uniform","label":"SGM Uniform","aliases":["SGMUniform"],"default_rho":-1.0,"need_inner_model":true}""", schedulers[5]);
    }

    [Fact]
    public async Task Upscalers_AndLatentModes_AreTheWebUisOwn()
    {
        await using var server = await SdapiServer.StartAsync();

        var upscalers = await server.GetAsync("/sdapi/v1/upscalers");
        var modes = await server.GetAsync("/sdapi/v1/latent-upscale-modes");

        Assert.Equal("""{"name":"None","model_name":null,"model_path":null,"model_url":null,"scale":4.0}""", upscalers[0].GetRawText());
        Assert.Equal(["None", "Lanczos", "Nearest"], upscalers.EnumerateArray().Take(3).Select(upscaler => upscaler.GetProperty("name").GetString()));
        Assert.Equal(
            ["Latent", "Latent (antialiased)", "Latent (bicubic)", "Latent (bicubic antialiased)", "Latent (nearest)", "Latent (nearest-exact)"],
            modes.EnumerateArray().Select(mode => mode.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Models_OfAWebUi_AreListedWithTheirNames()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            var models = Path.Combine(webUi, "models", "Stable-diffusion");
            Directory.CreateDirectory(Path.Combine(models, "sub"));
            File.WriteAllText(Path.Combine(models, "sub", "b.ckpt"), "b");
            File.WriteAllText(Path.Combine(models, "sub", "b.yaml"), "x: 1");
            File.WriteAllText(Path.Combine(models, "B.vae.safetensors"), "v");
            File.WriteAllText(Path.Combine(models, "notes.txt"), "n");
            Directory.CreateDirectory(Path.Combine(webUi, "models", "VAE"));
            File.WriteAllText(Path.Combine(webUi, "models", "VAE", "a.pt"), "v");
        });
        await server.HashesAsync();

        var model = Assert.Single((await server.GetAsync("/sdapi/v1/sd-models")).EnumerateArray());
        var vaes = await server.GetAsync("/sdapi/v1/sd-vae");

        // sha256 of "b"
        const string sha = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
        var folder = Path.Combine(server.WebUi, "models", "Stable-diffusion", "sub");
        Assert.Equal(
            $$"""{"title":"sub/b.ckpt [3e23e81600]","model_name":"sub_b","hash":"3e23e81600","sha256":"{{sha}}","filename":"{{folder}}/b.ckpt","config":"{{folder}}/b.yaml"}""",
            model.GetRawText());
        Assert.Equal(["a.pt", "B.vae.safetensors"], vaes.EnumerateArray().Select(vae => vae.GetProperty("model_name").GetString()));
    }

    [Fact]
    public async Task Models_AddedLater_AreThereAfterARefresh()
    {
        await using var server = await SdapiServer.StartAsync();
        var before = (await server.GetAsync("/sdapi/v1/sd-models")).GetArrayLength();
        File.WriteAllText(Path.Combine(server.WebUi, "models", "Stable-diffusion", "another.safetensors"), "x");

        await server.PostAsync("/sdapi/v1/refresh-checkpoints");

        Assert.Equal((1, 2), (before, (await server.GetAsync("/sdapi/v1/sd-models")).GetArrayLength()));
    }

    [Fact]
    public async Task Styles_OfAWebUi_AreListedAndApplied()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "a.safetensors"), "a");
            File.WriteAllText(Path.Combine(webUi, "styles.csv"), "name,prompt,negative_prompt\nink,\"drawing of {prompt}, ink\",blurry\n");
        });

        await server.PostAsync("/sdapi/v1/txt2img", new { prompt = "cat", negative_prompt = "dog", styles = new[] { "ink", "unknown" }, enable_hr = true, hr_prompt = "kitten" });

        Assert.Equal("""[{"name":"ink","prompt":"drawing of {prompt}, ink","negative_prompt":"blurry"}]""", (await server.GetAsync("/sdapi/v1/prompt-styles")).GetRawText());
        Assert.Equal(("drawing of cat, ink", "dog, blurry"), (server.Engine.Text.Prompt, server.Engine.Text.NegativePrompt));
        Assert.Equal(("drawing of kitten, ink", ""), (server.Engine.Text.Hires!.Prompt, server.Engine.Text.Hires.NegativePrompt));
    }

    /// <summary>A line with the file's name stands before the styles of each.</summary>
    [Fact]
    public async Task Styles_OfSeveralFilesAndPatterns_AreListedFileByFile()
    {
        var folder = Directory.CreateTempSubdirectory("styles-").FullName;
        void Write(string name, string rows) => File.WriteAllText(Path.Combine(folder, name), "name,prompt,negative_prompt\n" + rows);
        Write("own.csv", "ink,drawn in ink,\n");
        Write("more-b.csv", "oil,in oils,\nink,from the last file,\n");
        Write("more-a.csv", "fog,in fog,clear\n");
        Write("other.csv", "never,x,\n");
        await using var server = await SdapiServer.StartAsync(new() { StyleFiles = [Path.Combine(folder, "own.csv"), Path.Combine(folder, "more-*.csv"), Path.Combine(folder, "more-a.csv"), Path.Combine(folder, "gone.csv")] });

        var rows = (await server.GetAsync("/sdapi/v1/prompt-styles")).EnumerateArray().Select(row => $"{row.Text("name")}={row.GetProperty("prompt").GetString() ?? "null"}");
        await server.PostAsync("/sdapi/v1/txt2img", new { prompt = "cat", styles = new[] { "ink", "fog" } });
        Write("more-b.csv", "chalk,in chalk,\n");
        File.SetLastWriteTimeUtc(Path.Combine(folder, "more-b.csv"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var later = (await server.GetAsync("/sdapi/v1/prompt-styles")).EnumerateArray().Select(row => row.Text("name"));

        Assert.Equal(["----------------- OWN ------------------=null", "ink=from the last file", "---------------- MORE-A ----------------=null", "fog=in fog", "---------------- MORE-B ----------------=null", "oil=in oils"], rows);
        Assert.Equal("cat, from the last file, in fog", server.Engine.Text.Prompt);
        Assert.Contains("chalk", later);
        var flags = await server.GetAsync("/sdapi/v1/cmd-flags");
        Assert.Equal(4, flags.GetProperty("styles_file").GetArrayLength());
    }

    [Fact]
    public async Task Embeddings_OfAWebUi_AreSortedByWidth()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            Directory.CreateDirectory(Path.Combine(webUi, "embeddings"));
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "a.safetensors"), "a");
            Safetensors.Write(Path.Combine(webUi, "embeddings", "fits.safetensors"), new() { ["emb_params"] = [3, 768] });
            Safetensors.Write(Path.Combine(webUi, "embeddings", "wide.safetensors"), new() { ["emb_params"] = [1024] });
            Safetensors.Write(Path.Combine(webUi, "embeddings", "both.safetensors"), new() { ["clip_l"] = [2, 768], ["clip_g"] = [2, 1280] });
            File.WriteAllText(Path.Combine(webUi, "embeddings", "broken.pt"), "x");
        });

        var embeddings = await server.GetAsync("/sdapi/v1/embeddings");

        Assert.Equal("""{"fits":{"step":null,"sd_checkpoint":null,"sd_checkpoint_name":null,"shape":768,"vectors":3}}""", embeddings.GetProperty("loaded").GetRawText());
        Assert.Equal(
            """{"both":{"step":null,"sd_checkpoint":null,"sd_checkpoint_name":null,"shape":1280,"vectors":2},"wide":{"step":null,"sd_checkpoint":null,"sd_checkpoint_name":null,"shape":1024,"vectors":1}}""",
            embeddings.GetProperty("skipped").GetRawText());
    }

    [Fact]
    public async Task Loras_OfAWebUi_HaveTheContractsMetadata()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi => Adapter(webUi, "one"));

        var lora = Assert.Single((await server.GetAsync("/sdapi/v1/loras")).EnumerateArray());

        Assert.Equal(["name", "alias", "path", "metadata"], lora.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("one", "the alias"), (lora.GetProperty("name").GetString(), lora.GetProperty("alias").GetString()));
        Assert.Equal(
            """{"ss_sd_model_name":"base","ss_tag_frequency":{"1_x":{"cat":2}},"ss_output_name":"the alias","list":"[1]","broken":"{x"}""",
            lora.GetProperty("metadata").GetRawText());
    }

    [Fact]
    public async Task Loras_AddedLater_AreThereAfterARefresh()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi => Adapter(webUi, "one"));
        await server.GetAsync("/sdapi/v1/loras");
        Adapter(server.WebUi, "two");

        Assert.Equal(JsonValueKind.Null, (await server.PostAsync("/sdapi/v1/refresh-loras")).ValueKind);

        Assert.Equal(["one", "two"], (await server.GetAsync("/sdapi/v1/loras")).EnumerateArray().Select(lora => lora.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Extensions_ThatAreClones_AreListed()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            var git = Path.Combine(webUi, "extensions", "some-ext", ".git");
            Directory.CreateDirectory(Path.Combine(git, "logs"));
            Directory.CreateDirectory(Path.Combine(webUi, "extensions", "no-clone"));
            File.WriteAllText(Path.Combine(git, "HEAD"), "ref: refs/heads/main\n");
            File.WriteAllText(Path.Combine(git, "packed-refs"), "# pack-refs\n0123456789abcdef0123456789abcdef01234567 refs/heads/main\n");
            File.WriteAllText(Path.Combine(git, "config"), "[remote \"origin\"]\n\turl = https://example.org/some-ext\n");
            File.WriteAllText(Path.Combine(git, "logs", "HEAD"), "0 0123 A B <a@b> 1700000000 +0000\tclone: from x\n");
        });
        await server.PostAsync("/sdapi/v1/options", new { disabled_extensions = new[] { "some-ext" } });

        Assert.Equal(
            """[{"name":"some-ext","remote":"https://example.org/some-ext","branch":"main","commit_hash":"0123456789abcdef0123456789abcdef01234567","version":"01234567","commit_date":"1700000000","enabled":false}]""",
            (await server.GetAsync("/sdapi/v1/extensions")).GetRawText());
    }

    [Fact]
    public async Task CmdFlags_NameTheFoldersButNoPassword()
    {
        await using var server = await SdapiServer.StartAsync();

        var flags = await server.GetAsync("/sdapi/v1/cmd-flags");

        Assert.Equal(Path.Combine(server.WebUi, "models", "Lora"), flags.GetProperty("lora_dir").GetString());
        Assert.Equal(Path.Combine(server.WebUi, "models", "Stable-diffusion"), flags.GetProperty("ckpt_dir").GetString());
        Assert.Equal(Path.Combine(server.WebUi, "embeddings"), flags.GetProperty("embeddings_dir").GetString());
        Assert.True(flags.GetProperty("api").GetBoolean());
    }

    private static void Adapter(string webUi, string name)
    {
        Directory.CreateDirectory(Path.Combine(webUi, "models", "Lora"));
        Safetensors.Write(
            Path.Combine(webUi, "models", "Lora", name + ".safetensors"),
            new() { ["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"] = [4, 8], ["lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"] = [8, 4] },
            new() { ["ss_output_name"] = "the alias", ["ss_tag_frequency"] = """{"1_x": {"cat": 2}}""", ["list"] = "[1]", ["broken"] = "{x", ["ss_sd_model_name"] = "base" });
    }
}
