using System.Net;
using System.Text.Json;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Tests.Sdapi;

namespace LoraBridge.Server.Tests.Blends;

/// <summary>Adapters that are not for the model that would draw them.</summary>
public sealed class OtherFamilyTests
{
    private static readonly object s_blend = new { name = "x", model = "dream", width = 64, height = 64, adapters = new[] { new { name = "ink" }, new { name = "heron-xl" } } };

    [Fact]
    public async Task AnAdapterOfAnotherFamily_IsRefusedByItsNameWithBothFamilies()
    {
        await using var server = await BlendServer.StartAsync(data => { BlendServer.AddCheckpoint(data); BlendServer.AddAttention(data, "heron-xl"); }, "ink");
        var id = (await server.Http.PostAsync("/blends", s_blend, HttpStatusCode.Created)).Text("id");
        var across = new { adapter = "heron-xl", values = new[] { 1 } };

        foreach (var (path, body) in new (string, object)[] { ("/blends/preview", new { blend = s_blend }), ("/blends/grid", new { blend = s_blend, across }), ("/blends/grid", new { blend = s_blend, across, queue = true }), ($"/blends/{id}/bake", new { }) })
        {
            var problem = await server.Http.PostAsync(path, body, HttpStatusCode.UnprocessableEntity);
            Assert.Equal("adapters[1].name", problem.Text("field"));
            var detail = problem.Text("detail");
            Assert.Contains("'heron-xl' was made for Stable Diffusion XL", detail, StringComparison.Ordinal);
            Assert.Contains("'dream' is Stable Diffusion 1.x", detail, StringComparison.Ordinal);
            Assert.Contains("Choose a model of the adapter's family", problem.Text("cure"), StringComparison.Ordinal);
            Assert.DoesNotContain(server.Data, detail, StringComparison.Ordinal);
        }
        Assert.Empty(server.Drawn);
        Assert.Empty(server.Grids);
    }

    [Fact]
    public async Task AnAdapterThatIsNotDrawn_MayBeOfAnyFamily()
    {
        await using var server = await BlendServer.StartAsync(data => { BlendServer.AddCheckpoint(data); BlendServer.AddAttention(data, "heron-xl"); }, "ink");

        await server.Http.PostAsync("/blends/preview", new { blend = new { adapters = new object[] { new { name = "heron-xl", enabled = false }, new { name = "ink" } } } });

        Assert.Equal("ink", Assert.Single(server.Request.Loras).Name);
    }

    /// <summary>What headers do not tell shows when the engine reads the file.</summary>
    [Fact]
    public async Task AFileThatTheEngineCannotUse_IsSaidOfItsPlaceInTheBlend()
    {
        await using var server = await BlendServer.StartAsync("ink", "fog");
        server.Work = _ => throw new EngineException(EngineErrorKind.InvalidRequest, "The LoRA 'fog' cannot be used: it is damaged.", "loras") { Adapter = "fog" };

        var problem = await server.Http.PostAsync("/blends/preview", new { blend = new { adapters = new object[] { new { name = "fog", enabled = false }, new { name = "ink" }, new { name = "fog" } } } }, HttpStatusCode.UnprocessableEntity);
        var inPrompt = await server.Http.PostAsync("/blends/preview", new { blend = new { prompt = "a fox <lora:fog:1>" } }, HttpStatusCode.UnprocessableEntity);

        Assert.Equal("adapters[2].name", problem.Text("field"));
        Assert.Contains("it is damaged", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("prompt", inPrompt.Text("field"));
    }

    /// <summary>Such as the small model that comes with the program.</summary>
    [Fact]
    public async Task Bake_WhereTheCheckpointInUseIsOfAnotherSize_GoesByTheAdaptersAlone()
    {
        await using var server = await BlendServer.StartAsync(data =>
        {
            BlendServer.AddCheckpoint(data, width: 128);
            BlendServer.AddAttention(data, "usual", width: 768);
        });
        var id = (await server.Http.PostAsync("/blends", new { name = "x", adapters = new[] { new { name = "usual" } } }, HttpStatusCode.Created)).Text("id");
        var named = (await server.Http.PostAsync("/blends", new { name = "x", model = "dream", adapters = new[] { new { name = "usual" } } }, HttpStatusCode.Created)).Text("id");

        var added = await server.Http.PostAsync($"/blends/{id}/bake", new { }, HttpStatusCode.Accepted);
        var refused = await server.Http.PostAsync($"/blends/{named}/bake", new { }, HttpStatusCode.UnprocessableEntity);

        Assert.False(added.GetProperty("jobs")[0].GetProperty("request").TryGetProperty("basePath", out _));
        Assert.Contains("text embeddings 128 wide", refused.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bake_WithoutAnyCheckpoint_TakesPlainFactorsAndRefusesTheRest()
    {
        await using var server = await BlendServer.StartAsync(data =>
        {
            BlendServer.AddAttention(data, "heron-xl");
            Safetensors.Write(Path.Combine(data, "loras", "gain.safetensors"), new() { ["lora_unet_mid_block_attentions_0_proj_in.weight"] = [8], ["lora_unet_mid_block_attentions_0_proj_in.on_input"] = [1] });
        }, "ink");

        async Task<JsonElement> BakeAsync(string name, HttpStatusCode status)
        {
            var id = (await server.Http.PostAsync("/blends", new { name = "x", adapters = new[] { new { name } } }, HttpStatusCode.Created)).Text("id");
            return await server.Http.PostAsync($"/blends/{id}/bake", new { }, status);
        }

        var request = (await BakeAsync("ink", HttpStatusCode.Accepted)).GetProperty("jobs")[0].GetProperty("request");
        Assert.False(request.TryGetProperty("basePath", out _));
        Assert.Equal("adapters[0].name", (await BakeAsync("heron-xl", HttpStatusCode.UnprocessableEntity)).Text("field"));
        var gain = await BakeAsync("gain", HttpStatusCode.UnprocessableEntity);
        Assert.Equal("model", gain.Text("field"));
        Assert.Contains("'gain' holds Ia3", gain.Text("detail"), StringComparison.Ordinal);
    }
}
