using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Blends;

public sealed class BlendDrawingTests(BlendDrawingTests.Ink ink) : IClassFixture<BlendDrawingTests.Ink>
{
    private static readonly object s_blend = new { prompt = "a fox", width = 512, height = 768, steps = 20, seed = 5, adapters = new object[] { new { name = "ink", weight = 0.8, start = 0.5 }, new { name = "gone", enabled = false } } };

    [Fact]
    public async Task Preview_WithoutWords_IsSmallQuickAndOfTheRecipesShape()
    {
        await using var server = await BlendServer.StartAsync("ink");

        var answer = await server.Http.PostAsync("/blends/preview", new { blend = s_blend });

        Assert.Equal((168, 256, 8, 5L), (server.Request.Width, server.Request.Height, server.Request.Steps, server.Request.Seed));
        Assert.Equal(("ink", 0.8, 0.5), (server.Request.Loras.Single().Name, server.Request.Loras[0].UNetWeight, server.Request.Loras[0].Schedule.Start));
        Assert.True(server.Request.Strict);
        Assert.Equal((168, 256), Size(PictureFile.Read(answer.GetProperty("image").GetBytesFromBase64())));
        Assert.Equal(("how it was made", 5, 8), (answer.Text("infotext"), answer.GetProperty("seed").GetInt64(), answer.GetProperty("steps").GetInt32()));
        Assert.Equal(["It had no effect.", "A note."], answer.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()));
    }

    [Fact]
    public async Task Preview_Sharpened_TakesMoreStepsAndPixelsAndTheSameSeed()
    {
        await using var server = await BlendServer.StartAsync("ink");

        await server.Http.PostAsync("/blends/preview", new { blend = s_blend, steps = 40, width = 1024, height = 64, seed = 9 });

        Assert.Equal((1024, 64, 40, 9L), (server.Request.Width, server.Request.Height, server.Request.Steps, server.Request.Seed));
        Assert.Equal("width", (await server.Http.PostAsync("/blends/preview", new { blend = s_blend, width = 100 }, HttpStatusCode.UnprocessableEntity)).Text("field"));
    }

    [Fact]
    public async Task Preview_AskedForAsAPicture_IsOne()
    {
        await using var server = await BlendServer.StartAsync("ink");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(JsonClient.Root + "/blends/preview", UriKind.Relative)) { Content = JsonContent.Create(new { blend = new { width = 64, height = 64 } }) };
        request.Headers.Accept.ParseAdd("image/png");

        using var answer = await server.Http.SendAsync(request);

        Assert.Equal("image/png", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("4242", Assert.Single(answer.Headers.GetValues("X-LoraBridge-Seed")));
        Assert.Equal((64, 64), Size(PictureFile.Read(await answer.Content.ReadAsByteArrayAsync())));
    }

    [Theory]
    [InlineData("inc", "'ink'")]
    [InlineData("INK", "'ink'")]
    [InlineData("nothing like it", "list of adapters")]
    public async Task AnUnknownAdapter_IsNamedWithTheNearestAndNothingIsDrawn(string name, string cure)
    {
        var server = ink.Server;
        var blend = new { adapters = new[] { new { name = "ink" }, new { name } } };

        foreach (var (path, body) in new (string, object)[] { ("preview", new { blend }), ("grid", new { blend, across = new { adapter = "ink", values = new[] { 1 } } }) })
        {
            var problem = await server.Http.PostAsync($"/blends/{path}", body, HttpStatusCode.UnprocessableEntity);
            Assert.Equal("adapters[1].name", problem.Text("field"));
            Assert.Contains($"'{name}'", problem.Text("detail"), StringComparison.Ordinal);
            Assert.Contains(cure, problem.Text("cure"), StringComparison.Ordinal);
        }
        Assert.Empty(server.Drawn);
    }

    [Fact]
    public async Task TheAlias_OfAnAdapter_IsAName()
    {
        await using var server = await BlendServer.StartAsync("ink");

        await server.Http.PostAsync("/blends/preview", new { blend = new { adapters = new[] { new { name = "ink-alias" } } } });

        Assert.Equal("ink-alias", server.Request.Loras.Single().Name);
    }

    /// <summary>A running training's adapter has no file; the engine knows it by the job's id and by its name.</summary>
    [Fact]
    public async Task ARunningTraining_IsPassedOnByItsIdAndItsName()
    {
        await using var server = await BlendServer.StartAsync("ink");
        var store = server.Server.Services.GetRequiredService<JobStore>();
        var job = store.Add([new Job { Id = "job-000000000001", Kind = "train", Name = "my fox", Request = """{"settings":{"network":{"rank":4}}}""", State = JobState.Running }])[0];

        foreach (var name in new[] { job.Id, "my_fox" }) await server.Http.PostAsync("/blends/preview", new { blend = new { adapters = new[] { new { name } } } });

        Assert.Equal([job.Id, "my_fox"], server.Drawn.Select(call => call.Request.Loras.Single().Name));
        store.Change(job.Id, old => old with { State = JobState.Cancelled });
        await server.Http.PostAsync("/blends/preview", new { blend = new { adapters = new[] { new { name = "my_fox" } } } }, HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task ANewerPreview_OfTheSameClient_EndsTheOneBefore()
    {
        await using var server = await BlendServer.StartAsync();
        var first = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Work = cancel =>
        {
            first.TrySetResult(cancel);
            return Task.Delay(Timeout.Infinite, cancel);
        };
        var old = server.Http.PostAsync("/blends/preview", new { blend = new { }, client = "tab" }, HttpStatusCode.Conflict);
        var cancel = await first.Task;
        server.Work = _ => Task.CompletedTask;
        await server.Http.PostAsync("/blends/preview", new { blend = new { }, client = "another tab" });
        Assert.False(cancel.IsCancellationRequested);

        await server.Http.PostAsync("/blends/preview", new { blend = new { }, client = "tab" });

        Assert.True(cancel.IsCancellationRequested);
        Assert.Equal("client", (await old).Text("field"));
    }

    [Theory]
    [InlineData("tab")]
    [InlineData(null)]
    public async Task AClientThatGoes_EndsItsPreview(string? client)
    {
        await using var server = await BlendServer.StartAsync();
        var begun = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Work = cancel =>
        {
            begun.TrySetResult(cancel);
            return Task.Delay(Timeout.Infinite, cancel);
        };
        using var leaving = new CancellationTokenSource();
        using var content = JsonContent.Create(new { blend = new { }, client });
        var asking = server.Http.PostAsync(new Uri(JsonClient.Root + "/blends/preview", UriKind.Relative), content, leaving.Token);
        var cancel = await begun.Task;

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var heard = cancel.Register(() => ended.TrySetResult());
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));
        server.Work = _ => Task.CompletedTask;
        await server.Http.PostAsync("/blends/preview", new { blend = new { }, client });
    }

    [Fact]
    public async Task Grid_OfTwoAxes_DrawsEveryPairWithOneSeed()
    {
        await using var server = await BlendServer.StartAsync("ink", "fog");
        var body = new { blend = s_blend, across = new { adapter = "ink", values = new[] { 0, 0.5 } }, down = new { adapter = "fog", values = new[] { 0.25, 1 }, of = "unetWeight" } };

        var table = await server.Http.PostAsync("/blends/grid", body);

        var blends = Assert.Single(server.Grids).Request.Blends;
        Assert.Equal(2, table.GetProperty("columns").GetInt32());
        // 0 is left out; the start of the recipe stays, fog is added with its usual strength in the text encoder
        Assert.Equal(["fog", "ink fog", "fog", "ink fog"], blends.Select(blend => string.Join(' ', blend.Loras.Select(tag => tag.Name))));
        Assert.Equal((0.5, 0.5, 0.5), (blends[1].Loras[0].UNetWeight, blends[1].Loras[0].TextWeight, blends[1].Loras[0].Schedule.Start));
        Assert.Equal((0.25, 1.0), (blends[1].Loras[1].UNetWeight, blends[1].Loras[1].TextWeight));
        Assert.Equal("ink 0.5  fog unetWeight 1", blends[3].Label);
        Assert.Empty(server.Grids[0].Request.Picture.Loras);
        Assert.Equal((5, 4), (table.GetProperty("seed").GetInt64(), table.GetProperty("pictures").GetArrayLength()));
        Assert.Equal((0.5, 1.0), (table.GetProperty("pictures")[3].GetProperty("across").GetDouble(), table.GetProperty("pictures")[3].GetProperty("down").GetDouble()));
    }

    [Fact]
    public async Task Grid_ThatIsLarge_BecomesAJobThatHasTheSameCells()
    {
        await using var server = await BlendServer.StartAsync("ink");
        var look = new { blend = s_blend, across = new { adapter = "ink", values = Enumerable.Range(0, 10).Select(i => i / 10.0).ToArray() }, width = 512, height = 512, steps = 20 };

        var added = await server.Http.PostAsync("/blends/grid", look, HttpStatusCode.Accepted);

        Assert.Empty(server.Grids);
        var job = Assert.Single(added.GetProperty("jobs").EnumerateArray());
        Assert.Equal("grid", job.Text("kind"));
        var request = job.GetProperty("request").GetProperty("request");
        Assert.Equal((10, 20), (request.GetProperty("blends").GetArrayLength(), request.GetProperty("picture").GetProperty("steps").GetInt32()));
        var queued = await server.Http.PostAsync("/blends/grid", new { blend = s_blend, across = new { adapter = "ink", values = new[] { 1 } }, queue = true }, HttpStatusCode.Accepted);
        Assert.Equal("grid", queued.GetProperty("jobs")[0].Text("kind"));
    }

    [Theory]
    [InlineData("""{"adapter":"ink","values":[]}""", "across.values")]
    [InlineData("""{"adapter":" ","values":[1]}""", "across.adapter")]
    [InlineData("""{"adapter":"ink","values":[1],"of":"height"}""", "across.of")]
    [InlineData("""{"adapter":"ink","values":[1],"of":"stop"}""", null)]
    [InlineData("""{"adapter":"ink","values":[0.4],"of":"stop"}""", "adapters[0].start")]
    [InlineData("""{"adapter":"ink","values":[1000]}""", "adapters[0].weight")]
    public async Task Grid_OfAnAxisThatIsNone_NamesTheField(string axis, string? field)
    {
        var server = ink.Server;
        var body = new { blend = s_blend, across = JsonSerializer.Deserialize<JsonElement>(axis) };

        var answer = await server.Http.PostAsync("/blends/grid", body, field is null ? HttpStatusCode.OK : HttpStatusCode.UnprocessableEntity);

        if (field is not null) Assert.Equal(field, answer.Text("field"));
    }

    [Fact]
    public async Task Grid_OfTooManyCells_IsRefusedBeforeTheyAreMade()
    {
        var server = ink.Server;
        var values = Enumerable.Repeat(1.0, 70_000).ToArray();

        var problem = await server.Http.PostAsync("/blends/grid", new { blend = s_blend, across = new { adapter = "ink", values }, down = new { adapter = "ink", values } }, HttpStatusCode.UnprocessableEntity);

        Assert.Equal("across.values", problem.Text("field"));
    }

    [Fact]
    public async Task Bake_ABlend_QueuesItsFilesAndWeights()
    {
        await using var server = await BlendServer.StartAsync("ink", "sub/fog");
        var recipe = new { name = "Ink & fog!", adapters = new object[] { new { name = "ink", weight = 0.8, textWeight = 0.1, blocks = "mid*0" }, new { name = "fog", weight = -0.5 }, new { name = "gone", enabled = false } } };
        var id = (await server.Http.PostAsync("/blends", recipe, HttpStatusCode.Created)).Text("id");

        var added = await server.Http.PostAsync($"/blends/{id}/bake", new { rank = 8, saveType = "bf16" }, HttpStatusCode.Accepted);

        var job = added.GetProperty("jobs")[0];
        Assert.Equal("bake", job.Text("kind"));
        var request = job.GetProperty("request");
        Assert.Equal("Ink---fog.safetensors", request.Text("output"));
        var inputs = request.GetProperty("inputs");
        Assert.Equal(["ink.safetensors", "fog.safetensors"], inputs.EnumerateArray().Select(input => Path.GetFileName(input.Text("path"))));
        Assert.Equal((0.8, 0.1, -0.5), (inputs[0].GetProperty("uNetWeight").GetDouble(), inputs[0].GetProperty("textWeight").GetDouble(), inputs[1].GetProperty("uNetWeight").GetDouble()));
        Assert.Equal(0, inputs[0].GetProperty("blocks").GetProperty("mid").GetDouble());
        Assert.Equal(("bf16", 8), (request.GetProperty("options").Text("saveType"), request.GetProperty("options").GetProperty("rank").GetProperty("most").GetInt32()));
    }

    [Theory]
    [InlineData("""{"adapters":[]}""", "{}", 409, "adapters")]
    [InlineData("""{"adapters":[{"name":"ink","start":0.5}]}""", "{}", 422, "adapters[0].start")]
    [InlineData("""{"adapters":[{"name":"ink","start":0.5}]}""", """{"ignoreSchedules":true}""", 202, "")]
    [InlineData("""{"adapters":[{"name":"nobody"}]}""", "{}", 422, "adapters[0].name")]
    [InlineData("""{"adapters":[{"name":"ink"}]}""", """{"saveType":"f64"}""", 422, "saveType")]
    [InlineData("""{"adapters":[{"name":"ink"}]}""", """{"rank":0}""", 422, "rank")]
    [InlineData("""{"adapters":[{"name":"ink"}],"model":"no such model"}""", "{}", 422, "model")]
    public async Task Bake_WhatCannotBeAFile_SaysWhy(string recipe, string bake, int status, string field)
    {
        var server = ink.Server;
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(recipe)!;
        body["name"] = JsonSerializer.SerializeToElement("x");
        var id = (await server.Http.PostAsync("/blends", body, HttpStatusCode.Created)).Text("id");

        var answer = await server.Http.PostAsync($"/blends/{id}/bake", JsonSerializer.Deserialize<JsonElement>(bake), (HttpStatusCode)status);

        if (field.Length > 0) Assert.Equal(field, answer.Text("field"));
    }

    /// <summary>A server with one adapter, for the tests that are refused.</summary>
    public sealed class Ink : IAsyncLifetime
    {
        internal BlendServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await BlendServer.StartAsync("ink");

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    private static (int, int) Size(Picture picture) => (picture.Width, picture.Height);
}
