using System.Net;
using System.Text.Json;

namespace LoraBridge.Server.Tests.Blends;

public sealed class BlendsApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly object s_ink = new { name = "Ink & fog", notes = "for covers", prompt = "a lighthouse", adapters = new object[] { new { name = "ink", weight = 0.8, textWeight = 0.4, blocks = "in*0.5", start = 0.2 }, new { name = "fog", enabled = false } } };

    [Fact]
    public async Task ABlend_Saved_IsThereAfterARestartAsItWas()
    {
        string id, text;
        await using (var server = await RunningServer.StartAsync())
        {
            id = (await server.Http.PostAsync("/blends", s_ink, HttpStatusCode.Created)).Text("id");
            text = await File.ReadAllTextAsync(Path.Combine(server.Data, "blends", id + ".json"));
        }
        await using var again = await RunningServer.StartAsync();
        Directory.CreateDirectory(Path.Combine(again.Data, "blends"));
        await File.WriteAllTextAsync(Path.Combine(again.Data, "blends", id + ".json"), text);

        var recipe = (await again.Http.ReadAsync($"/blends/{id}")).GetProperty("recipe");

        Assert.Equal("Ink & fog", recipe.Text("name"));
        var adapter = recipe.GetProperty("adapters")[0];
        Assert.Equal((0.8, 0.4, "in*0.5", 0.2, 1.0), (adapter.GetProperty("weight").GetDouble(), adapter.GetProperty("textWeight").GetDouble(), adapter.Text("blocks"), adapter.GetProperty("start").GetDouble(), adapter.GetProperty("stop").GetDouble()));
        Assert.False(recipe.GetProperty("adapters")[1].GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task Changes_OfAnOldVersion_AreRefusedAndOfTheNewOneKept()
    {
        await using var server = await RunningServer.StartAsync();
        var saved = await server.Http.PostAsync("/blends", s_ink, HttpStatusCode.Created);
        var path = $"/blends/{saved.Text("id")}";

        Assert.Equal("If-Match", (await server.Http.AskAsync(HttpMethod.Put, path, s_ink, HttpStatusCode.PreconditionRequired)).Text("field"));
        var second = await server.Http.AskAsync(HttpMethod.Put, path, new { name = "Second" }, ifMatch: "\"1\"");
        Assert.Contains("version 2", (await server.Http.AskAsync(HttpMethod.Put, path, s_ink, HttpStatusCode.PreconditionFailed, "\"1\"")).Text("detail"), StringComparison.Ordinal);
        Assert.Equal(2, second.GetProperty("version").GetInt64());
        Assert.Equal("Second", (await server.Http.ReadAsync(path)).GetProperty("recipe").Text("name"));

        using (var read = await server.Http.GetAsync(new Uri(JsonClient.Root + path, UriKind.Relative))) Assert.Equal("\"2\"", read.Headers.ETag?.Tag);
        await server.Http.AskAsync(HttpMethod.Delete, path, status: HttpStatusCode.PreconditionFailed, ifMatch: "\"1\"");
        await server.Http.AskAsync(HttpMethod.Delete, path, status: HttpStatusCode.NoContent, ifMatch: "\"2\"");
        await server.Http.ReadAsync(path, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task List_ByWordsAndPages_FindsNamesNotesPromptsAndAdapters()
    {
        await using var server = await RunningServer.StartAsync();
        await server.Http.PostAsync("/blends", s_ink, HttpStatusCode.Created);
        await server.Http.PostAsync("/blends", new { name = "Other", adapters = new[] { new { name = "photo" } } }, HttpStatusCode.Created);

        foreach (var (search, count) in new[] { ("", 2), ("COVERS", 1), ("lighthouse%20ink", 1), ("photo", 1), ("photo%20ink", 0) })
            Assert.Equal(count, (await server.Http.ReadAsync($"/blends?search={search}")).GetProperty("total").GetInt32());
        var page = await server.Http.ReadAsync("/blends?offset=1&limit=1");
        Assert.Equal((2, 1), (page.GetProperty("total").GetInt32(), page.GetProperty("blends").GetArrayLength()));
        foreach (var (query, field) in new[] { ("limit=0", "limit"), ("limit=501", "limit"), ("offset=-1", "offset") })
            Assert.Equal(field, (await server.Http.ReadAsync($"/blends?{query}", HttpStatusCode.UnprocessableEntity)).Text("field"));
    }

    [Theory]
    [InlineData("""{"name":" "}""", "name")]
    [InlineData("""{"name":"a","width":100}""", "width")]
    [InlineData("""{"name":"a","steps":0}""", "steps")]
    [InlineData("""{"name":"a","seed":4294967296}""", "seed")]
    [InlineData("""{"name":"a","prompt":"\u0000"}""", "prompt")]
    [InlineData("""{"name":"a","adapters":[{"name":"x"},{"name":"y","weight":101}]}""", "adapters[1].weight")]
    [InlineData("""{"name":"a","adapters":[{"name":"x","enabled":false,"start":0.5,"stop":0.5}]}""", "adapters[0].start")]
    [InlineData("""{"name":"a","adapters":[{"name":"x","stop":1.1}]}""", "adapters[0].start")]
    [InlineData("""{"name":"a","adapters":[{"name":"x","blocks":"1,2,3"}]}""", "adapters[0].blocks")]
    [InlineData("""{"name":"a","adapters":[{"name":"x","dynamicRank":0}]}""", "adapters[0].dynamicRank")]
    [InlineData("""{"name":"a","adapters":[{"name":""}]}""", "adapters[0].name")]
    [InlineData("""{"name":"a","adapters":[null]}""", "adapters")]
    public async Task Saving_WhatIsNoBlend_NamesTheField(string body, string field)
    {
        var server = shared.Server;

        Assert.Equal(field, (await server.Http.PostAsync("/blends", JsonSerializer.Deserialize<JsonElement>(body), HttpStatusCode.UnprocessableEntity)).Text("field"));
        Assert.False(Directory.Exists(Path.Combine(server.Data, "blends")));
    }

    [Theory]
    [InlineData("/blends/..%2Fjobs")]
    [InlineData("/blends/blend-0123456789ab")]
    [InlineData("/blends/BLEND-0123456789AB")]
    public async Task Ids_OfNothing_AreNotFound(string path)
    {
        var server = shared.Server;

        await server.Http.ReadAsync(path, HttpStatusCode.NotFound);
        await server.Http.AskAsync(HttpMethod.Delete, path, status: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Parse_APromptWithTags_GivesTheRecipeItsFaultsAndWhatIsUnknown()
    {
        await using var server = await BlendServer.StartAsync("ink");

        var parsed = await server.Http.PostAsync("/blends/parse", new { text = "a fox <lora:ink:0.8:unet=0.4:start=0.25:blocks=mid*0> <lora:inc:1> <lora:bad:x>" });

        var recipe = parsed.GetProperty("recipe");
        Assert.Equal("a fox", recipe.Text("prompt"));
        Assert.Equal(["ink", "inc"], recipe.GetProperty("adapters").EnumerateArray().Select(adapter => adapter.Text("name")));
        var ink = recipe.GetProperty("adapters")[0];
        Assert.Equal((0.4, 0.8, 0.25), (ink.GetProperty("weight").GetDouble(), ink.GetProperty("textWeight").GetDouble(), ink.GetProperty("start").GetDouble()));
        Assert.Equal("0", ink.Text("blocks").Split(',')[13]);
        Assert.Contains(parsed.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.Contains("<lora:bad:x>", StringComparison.Ordinal));
        var unknown = Assert.Single(parsed.GetProperty("unknown").EnumerateArray());
        Assert.Equal(("inc", "ink"), (unknown.Text("name"), unknown.GetProperty("nearest")[0].GetString()));
    }

    [Fact]
    public async Task Format_ABlend_GivesTextThatParsesToTheSameBlend()
    {
        var server = shared.Server;
        var blend = new
        {
            prompt = "a fox",
            negativePrompt = "blur",
            width = 640,
            steps = 30,
            seed = 7,
            clipSkip = 2,
            model = "photo",
            adapters = new object[] { new { name = "ink", weight = -0.8, textWeight = 0.4, blocks = "OUTALL", start = 0.2, stop = 0.8, from = 0, to = 1.5 }, new { name = "off", enabled = false }, new { name = "fog", weight = 0.3, dynamicRank = 4 } },
        };

        var formatted = await server.Http.PostAsync("/blends/format", new { blend });
        var parsed = await server.Http.PostAsync("/blends/parse", new { text = formatted.Text("prompt") });
        var again = await server.Http.PostAsync("/blends/format", new { blend = parsed.GetProperty("recipe") });

        Assert.Equal(formatted.Text("tags"), again.Text("tags"));
        Assert.StartsWith("a fox <lora:ink:0.4:-0.8:", formatted.Text("prompt"), StringComparison.Ordinal);
        Assert.DoesNotContain("off", formatted.Text("tags"), StringComparison.Ordinal);
        var request = formatted.GetProperty("txt2img");
        Assert.Equal((formatted.Text("prompt"), "blur", 640, 30, 7), (request.Text("prompt"), request.Text("negative_prompt"), request.GetProperty("width").GetInt32(), request.GetProperty("steps").GetInt32(), request.GetProperty("seed").GetInt32()));
        Assert.Equal((2, "photo"), (request.GetProperty("override_settings").GetProperty("CLIP_stop_at_last_layers").GetInt32(), request.GetProperty("override_settings").Text("sd_model_checkpoint")));
        Assert.Empty(parsed.GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task Parse_AnInfotext_TakesThePictureAlong()
    {
        var server = shared.Server;
        const string Text = "a fox <lora:ink:0.5>\nNegative prompt: blur\nSteps: 12, Sampler: Euler, Schedule type: Karras, CFG scale: 5.5, Seed: 99, Size: 384x512, Model: photo, Clip skip: 2";

        var recipe = (await server.Http.PostAsync("/blends/parse", new { text = Text })).GetProperty("recipe");

        Assert.Equal(("a fox", "blur", "Euler", "Karras", "photo"), (recipe.Text("prompt"), recipe.Text("negativePrompt"), recipe.Text("sampler"), recipe.Text("scheduler"), recipe.Text("model")));
        Assert.Equal((12, 5.5, 99, 384, 512, 2), (recipe.GetProperty("steps").GetInt32(), recipe.GetProperty("guidanceScale").GetDouble(), recipe.GetProperty("seed").GetInt64(), recipe.GetProperty("width").GetInt32(), recipe.GetProperty("height").GetInt32(), recipe.GetProperty("clipSkip").GetInt32()));
    }

    [Fact]
    public async Task Format_ANameThatEndsATag_IsRefused()
    {
        var server = shared.Server;

        Assert.Equal("adapters[0].name", (await server.Http.PostAsync("/blends/format", new { blend = new { adapters = new[] { new { name = "a:b" } } } }, HttpStatusCode.UnprocessableEntity)).Text("field"));
    }
}
