using System.Net;

namespace LoraBridge.Server.Tests.Sdapi.Endpoints;

public sealed class OptionsApiTests
{
    [Fact]
    public async Task Options_ASettingThatIsFlipped_ReadsBack()
    {
        await using var server = await SdapiServer.StartAsync();
        var before = (await server.GetAsync("/sdapi/v1/options")).GetProperty("send_seed").GetBoolean();

        await server.PostAsync("/sdapi/v1/options", new { send_seed = !before });

        Assert.Equal(!before, (await server.GetAsync("/sdapi/v1/options")).GetProperty("send_seed").GetBoolean());
    }

    [Fact]
    public async Task Options_ACheckpointByAnyAlias_IsLoadedAndKeptByItsTitle()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            foreach (var name in new[] { "a.safetensors", "b.safetensors" })
                File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", name), name);
        });
        await server.HashesAsync();
        var title = (await server.GetAsync("/sdapi/v1/sd-models"))[1].GetProperty("title").GetString();

        await server.PostAsync("/sdapi/v1/options", new { sd_model_checkpoint = "b" });

        var options = await server.GetAsync("/sdapi/v1/options");
        Assert.Equal(["load b.safetensors"], server.Engine.Told);
        Assert.Equal(title, options.GetProperty("sd_model_checkpoint").GetString());
        Assert.Equal(64, options.GetProperty("sd_checkpoint_hash").GetString()!.Length);
        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8 });
        Assert.EndsWith("b.safetensors", server.Engine.Calls[^1].Model.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_ACheckpointThatIsNotThere_IsNamed()
    {
        await using var server = await SdapiServer.StartAsync();

        var error = await server.PostAsync("/sdapi/v1/options", new { sd_model_checkpoint = "gone", send_seed = false }, HttpStatusCode.InternalServerError);

        Assert.Equal("model 'gone' not found", error.GetProperty("errors").GetString());
        Assert.True((await server.GetAsync("/sdapi/v1/options")).GetProperty("send_seed").GetBoolean());
    }

    [Fact]
    public async Task Options_FreshOnes_NameTheCheckpointThatWouldDraw()
    {
        await using var server = await SdapiServer.StartAsync();

        Assert.StartsWith("plain.safetensors", (await server.GetAsync("/sdapi/v1/options")).GetProperty("sd_model_checkpoint").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_TheChosenCheckpoint_TakesItsAutoencoderToo()
    {
        await using var server = await SdapiServer.StartAsync(prepare: webUi =>
        {
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "a.safetensors"), "a");
            File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "a.vae.pt"), "vae");
        });

        await server.PostAsync("/sdapi/v1/unload-checkpoint");
        await server.PostAsync("/sdapi/v1/reload-checkpoint");

        Assert.Equal(["unload", "load a.safetensors a.vae.pt"], server.Engine.Told);
    }

    [Fact]
    public async Task Memory_WithAndWithoutAGpu_HasTheContractsForm()
    {
        await using var server = await SdapiServer.StartAsync();
        var without = await server.GetAsync("/sdapi/v1/memory");
        server.Engine.Device = new("cuda", 10, 20, 30, 40, 60, 100);
        var with = (await server.GetAsync("/sdapi/v1/memory")).GetProperty("cuda");

        Assert.Equal("unavailable", without.GetProperty("cuda").GetProperty("error").GetString());
        Assert.True(without.GetProperty("ram").GetProperty("used").GetInt64() >= 1000);
        Assert.Equal("""{"free":60,"used":40,"total":100}""", with.GetProperty("system").GetRawText());
        Assert.Equal("""{"current":10,"peak":20}""", with.GetProperty("allocated").GetRawText());
        Assert.Equal("""{"current":20,"peak":20}""", with.GetProperty("inactive").GetRawText());
        Assert.Equal("""{"retries":0,"oom":0}""", with.GetProperty("events").GetRawText());
    }
}
