using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Sdapi;

namespace LoraBridge.Server.Tests.Blends;

/// <summary>Blends over the engine that really draws, with the tiny model.</summary>
public sealed class RealBlendTests
{
    [Fact]
    public async Task APreview_SentToTheWebUisApi_IsTheSamePicture()
    {
        var data = Directory.CreateTempSubdirectory("real-blends-").FullName;
        File.Copy(EngineFixture.Model, Path.Combine(Directory.CreateDirectory(Path.Combine(data, "checkpoints")).FullName, "tiny.safetensors"));
        var loras = Directory.CreateDirectory(Path.Combine(data, "loras")).FullName;
        // what its header does not tell, the engine finds when it reads the file
        Safetensors.Write(Path.Combine(loras, "odd.safetensors"), new() { ["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"] = [1, 7], ["lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"] = [7, 1] });
        await using var server = await RunningServer.StartAsync(engine: EngineFixture.Settings with { Start = EngineFixture.Settings.Start with { LoraFolders = [loras] } }, data: data);
        var blend = new { prompt = "a (heron:1.2)", negativePrompt = "blur", width = 72, height = 64, steps = 2, seed = 90210, guidanceScale = 6.5, clipSkip = 2 };

        var preview = await server.Http.PostAsync("/blends/preview", new { blend, steps = 2, width = 72, height = 64 });
        var formatted = await server.Http.PostAsync("/blends/format", new { blend });
        using var answer = await server.Http.PostAsJsonAsync(new Uri("/sdapi/v1/txt2img", UriKind.Relative), formatted.GetProperty("txt2img"));
        var drawn = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());

        Assert.Equal(PictureFile.Read(drawn.GetProperty("images")[0].GetBytesFromBase64()).Pixels, PictureFile.Read(preview.GetProperty("image").GetBytesFromBase64()).Pixels);
        Assert.Contains("Seed: 90210, Size: 72x64", preview.Text("infotext"), StringComparison.Ordinal);
        Assert.Contains("Clip skip: 2", preview.Text("infotext"), StringComparison.Ordinal);

        // a tag in the prompt itself is the engine's to find; it is as strict
        var missing = await server.Http.PostAsync("/blends/preview", new { blend = new { prompt = "a cat <lora:nobody:1>" }, steps = 1, width = 64, height = 64 }, HttpStatusCode.NotFound);
        Assert.Contains("nobody", missing.Text("detail"), StringComparison.Ordinal);
        var unfit = await server.Http.PostAsync("/blends/preview", new { blend = new { adapters = new[] { new { name = "odd" } } }, steps = 1, width = 64, height = 64 }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("adapters[0].name", unfit.Text("field"));
        Assert.Contains("'odd' cannot be used", unfit.Text("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain(data, unfit.Text("detail"), StringComparison.Ordinal);
        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains("lorabridge_engine_call_duration_seconds_count{call=\"generate\",outcome=\"ok\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("lorabridge_engine_call_duration_seconds_count{call=\"generate\",outcome=\"notfound\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("lorabridge_engine_running 1", metrics, StringComparison.Ordinal);
        var system = await server.Http.ReadAsync("/system");
        Assert.EndsWith("tiny.safetensors", system.Text("modelInUse"), StringComparison.Ordinal);
        Assert.True(system.GetProperty("devices")[0].GetProperty("inUse").GetBoolean());
    }
}
