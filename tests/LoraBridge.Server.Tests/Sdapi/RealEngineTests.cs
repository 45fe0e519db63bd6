using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Sdapi;

/// <summary>The API over the engine that really draws, with the tiny model in a WebUI's folder.</summary>
public sealed class RealEngineTests(RealEngineTests.Server server) : IClassFixture<RealEngineTests.Server>
{
    [Fact]
    public async Task TextToImage_APictureFedBackThroughItsInfotext_IsTheSamePicture()
    {
        var request = new
        {
            prompt = "a heron, (reeds:1.2) [a:b:2]",
            negative_prompt = "lowres",
            width = 72,
            height = 64,
            steps = 3,
            seed = 90210,
            cfg_scale = 6.5,
            sampler_name = "Euler a",
            subseed = 11,
            subseed_strength = 0.25,
            override_settings = new { CLIP_stop_at_last_layers = 2, eta_noise_seed_delta = 31337, randn_source = "CPU" },
        };
        var first = await server.PostAsync("txt2img", request);
        var info = (await server.PostAsync("png-info", new { image = Image(first) })).GetProperty("info").GetString();

        var again = await server.PostAsync("txt2img", new { infotext = info });

        Assert.Equal(Image(first), Image(again));
        var said = JsonSerializer.Deserialize<JsonElement>(first.GetProperty("info").GetString()!);
        Assert.Equal(info, said.GetProperty("infotexts")[0].GetString());
        Assert.Equal((90210, 2, "Euler a"), (said.GetProperty("seed").GetInt64(), said.GetProperty("clip_skip").GetInt32(), said.GetProperty("sampler_name").GetString()));
    }

    [Fact]
    public async Task TextToImage_WithASecondPass_IsAsLargeAsAsked()
    {
        var request = new { prompt = "a cat", width = 64, height = 64, steps = 2, seed = 1, enable_hr = true, hr_scale = 1.5, denoising_strength = 0.5 };
        var first = await server.PostAsync("txt2img", request);
        var info = (await server.PostAsync("png-info", new { image = Image(first) })).GetProperty("info").GetString();

        var again = await server.PostAsync("txt2img", new { infotext = info });

        Assert.Equal(96, SdapiServer.Decode(first.GetProperty("images")[0]).Width);
        Assert.Equal(Image(first), Image(again));
    }

    [Fact]
    public async Task ImageToImage_UnderAMask_KeepsWhatIsNotMasked()
    {
        var drawn = Image(await server.PostAsync("txt2img", new { prompt = "a cat", width = 64, height = 64, steps = 2, seed = 1 }));
        var mask = new Picture(64, 64, 1);
        for (var y = 0; y < 32; y++) mask.Row(y).Fill(255);

        var answer = await server.PostAsync("img2img", new
        {
            prompt = "a dog",
            init_images = new[] { drawn },
            mask = Convert.ToBase64String(PictureFile.Encode(mask)),
            mask_blur = 0,
            inpaint_full_res = false,
            width = 64,
            height = 64,
            steps = 3,
            seed = 2,
            override_settings = new { return_mask = true, return_mask_composite = true },
        });

        var (before, after) = (PictureFile.Read(Convert.FromBase64String(drawn)), SdapiServer.Decode(answer.GetProperty("images")[0]));
        Assert.Equal(before.Pixels[(64 * 3 * 40)..], after.Pixels[(64 * 3 * 40)..]);
        Assert.NotEqual(before.Pixels[..(64 * 3 * 20)], after.Pixels[..(64 * 3 * 20)]);

        Picture[] masks = [.. answer.GetProperty("images").EnumerateArray().Skip(1).Select(SdapiServer.Decode)];
        Assert.Equal([(64, 64, 3), (64, 64, 4)], masks.Select(picture => (picture.Width, picture.Height, picture.Channels)));
        Assert.All(masks[0].Pixels[..(64 * 3 * 32)], value => Assert.Equal(255, value));
        Assert.All(masks[0].Pixels[(64 * 3 * 32)..], value => Assert.Equal(0, value));
        Assert.Equal(after.Pixels[..3], masks[1].Pixels[..3]);
        Assert.All(masks[1].Pixels[(64 * 4 * 32)..], value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task Interrupt_AJobThatDraws_GivesWhatThereIs()
    {
        var job = server.PostAsync("txt2img", new { prompt = "a cat", width = 64, height = 64, steps = 400, seed = 1, force_task_id = "task(long)" });
        JsonElement progress;
        do
        {
            await Task.Delay(20);
            progress = await server.Http.GetFromJsonAsync<JsonElement>(new Uri("/sdapi/v1/progress", UriKind.Relative));
        }
        while (progress.GetProperty("state").GetProperty("sampling_step").GetInt32() == 0 || progress.GetProperty("current_image").ValueKind == JsonValueKind.Null);

        await server.PostAsync("interrupt", null);
        var answer = await job;

        Assert.Equal(64, SdapiServer.Decode(answer.GetProperty("images")[0]).Width);
        Assert.InRange(progress.GetProperty("progress").GetDouble(), 0.01, 1);
        Assert.Equal(400, progress.GetProperty("state").GetProperty("sampling_steps").GetInt32());
        Assert.True(progress.GetProperty("current_image").GetBytesFromBase64().Length > 0);
    }

    [Fact]
    public async Task Unload_ThenDraw_LoadsAgain()
    {
        await server.PostAsync("unload-checkpoint", null);
        await server.PostAsync("reload-checkpoint", null);

        var answer = await server.PostAsync("txt2img", new { prompt = "a cat", width = 64, height = 64, steps = 1 });

        Assert.Equal(1, answer.GetProperty("images").GetArrayLength());
        Assert.True((await server.Http.GetFromJsonAsync<JsonElement>(new Uri("/sdapi/v1/memory", UriKind.Relative))).GetProperty("ram").GetProperty("used").GetInt64() > 0);
    }

    private static string Image(JsonElement answer) => answer.GetProperty("images")[0].GetString()!;

    /// <summary>One server and one engine for all of these.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("real-engine-").FullName;
        private Microsoft.AspNetCore.Builder.WebApplication? _app;

        public HttpClient Http { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            var models = Directory.CreateDirectory(Path.Combine(_folder, "webui", "models", "Stable-diffusion")).FullName;
            File.CreateSymbolicLink(Path.Combine(models, "tiny.safetensors"), EngineFixture.Model);
            _app = LoraBridgeServer.Build(new ServerSettings
            {
                Port = 0,
                Data = new DataFolder(Path.Combine(_folder, "data")),
                Sdapi = new SdapiSettings { WebUiFolder = Path.Combine(_folder, "webui") },
                Engine = new()
                {
                    Start = new() { Device = "cpu", Dtype = "float32", Vocabulary = new() { File = Path.Combine(LauncherScript.Root, "tests", "Fixtures", "clip", "bpe_simple_vocab_16e6.txt.gz") } },
                },
            });
            await _app.StartAsync();
            Http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()), Timeout = TimeSpan.FromMinutes(5) };
        }

        public async Task<JsonElement> PostAsync(string route, object? body)
        {
            using var answer = await Http.PostAsJsonAsync(new Uri($"/sdapi/v1/{route}", UriKind.Relative), body, SdapiServer.AsWritten);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, $"{route}: {text}");
            return JsonSerializer.Deserialize<JsonElement>(text);
        }

        public async Task DisposeAsync()
        {
            Http.Dispose();
            await _app!.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
