using System.Text.Json.Nodes;
using LoraBridge.Server.Tests.Engine;

namespace LoraBridge.Server.Tests.Jobs;

/// <summary>Jobs through a server in a process of its own and the real engine, on the tiny model.</summary>
public sealed class TrainJobTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("train-jobs-").FullName;
    private ServerProcess _server = null!;

    private string Data => Path.Combine(_folder, "data");

    public async Task InitializeAsync()
    {
        EngineFixture.WritePictures(Directory.CreateDirectory(Path.Combine(_folder, "pictures")).FullName);
        await StartAsync();
    }

    public Task DisposeAsync()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>The whole server is killed while it trains: each time the next one goes on by itself, and the adapter has the bytes of a run that nothing happened to.</summary>
    [Fact]
    public async Task ATraining_WhoseServerIsKilledTwice_EndsWithTheSameBytes()
    {
        const string Settings = "\"epochs\":15,\"dropout\":0.1,\"saving.everySteps\":3,\"saving.keepLast\":2";
        var whole = await AddAsync(Settings);
        await EndAsync(whole);
        var killed = await AddAsync(Settings);
        foreach (var step in (int[])[5, 14])
        {
            await StepAsync(killed, step);
            _server.Kill();
            _server.Dispose();
            await StartAsync();
        }
        var job = await EndAsync(killed);

        Assert.Equal(3, job["starts"]!.GetValue<int>());
        Assert.True(job["result"]!["isComplete"]!.GetValue<bool>());
        Assert.Equal(30, job["result"]!["steps"]!.GetValue<int>());
        Assert.Equal(Adapter(whole), Adapter(killed));
        Assert.Equal(Names(whole), Names(killed));
        var history = (await _server.GetAsync($"/lorabridge/v1/jobs/{killed}/history"))["entries"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 30), history.Where(entry => entry!["loss"] is not null).Select(entry => entry!["step"]!.GetValue<int>()));
        Assert.Equal(2, history.Count(entry => entry!["event"]?.GetValue<string>() == "resumed"));
        Assert.Contains("goes on from step", await _server.Http.GetStringAsync(new Uri($"/lorabridge/v1/jobs/{killed}/log", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal(2, (await EventsAsync(killed)).Count(happened => happened!["kind"]!.GetValue<string>() == "warning" && happened["body"]!["message"]!.GetValue<string>().StartsWith("The server ended", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Pause_Resume_Finish_AndThreeMoreEpochs()
    {
        var id = await AddAsync("\"epochs\":2000,\"samples.prompts\":[\"a cat --w 64 --h 64 --s 1\"],\"samples.everySteps\":4");
        await StepAsync(id, 3);
        await _server.PostAsync($"/lorabridge/v1/jobs/{id}/pause");
        var paused = Step(await StateAsync(id, "paused"));
        await _server.PostAsync($"/lorabridge/v1/jobs/{id}/resume");
        await StepAsync(id, paused + 4);
        Assert.Equal(2, (await JobAsync(id))["starts"]!.GetValue<int>());
        await _server.PostAsync($"/lorabridge/v1/jobs/{id}/finish");
        var job = await EndAsync(id);
        Assert.Equal("finished", job["state"]!.GetValue<string>());
        Assert.True(job["result"]!["isComplete"]!.GetValue<bool>());
        Assert.InRange(job["result"]!["steps"]!.GetValue<int>(), paused + 4, 3999);
        Assert.NotEmpty((await _server.GetAsync($"/lorabridge/v1/jobs/{id}/samples"))["files"]!.AsArray());
        Assert.Contains(await EventsAsync(id), happened => happened!["kind"]!.GetValue<string>() == "file" && happened["body"]!["what"]!.GetValue<string>() == "sample");

        var brief = await AddAsync("\"epochs\":2");
        Assert.Equal(4, (await EndAsync(brief))["result"]!["steps"]!.GetValue<int>());
        await _server.PostAsync($"/lorabridge/v1/jobs/{brief}/extend", """{"epochs":3}""");
        await StateAsync(brief, "finished", starts: 2);
        Assert.Equal(10, (await JobAsync(brief))["result"]!["steps"]!.GetValue<int>());
        var history = (await _server.GetAsync($"/lorabridge/v1/jobs/{brief}/history?after=4"))["entries"]!.AsArray();
        Assert.Equal(Enumerable.Range(5, 6), history.Where(entry => entry!["loss"] is not null).Select(entry => entry!["step"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Estimate_SaysStepsMemoryAndTime()
    {
        var settings = Settings("\"epochs\":3");
        var found = await _server.PostAsync("/lorabridge/v1/jobs/estimate", settings);
        Assert.Equal((true, 6, 4), (found["canStart"]!.GetValue<bool>(), found["steps"]!.GetValue<int>(), found["pictureCount"]!.GetValue<int>()));
        Assert.InRange(found["peakBytes"]!.GetValue<long>(), 1_000_000, 10_000_000_000);
        Assert.True(found["fits"]!.GetValue<bool>());
        Assert.Null(found["seconds"]);
        var measured = await _server.PostAsync("/lorabridge/v1/jobs/estimate?measure=true", settings);
        Assert.InRange(measured["seconds"]!.GetValue<double>(), 0.01, 600);
        Assert.Empty((await _server.GetAsync("/lorabridge/v1/jobs"))["jobs"]!.AsArray());
    }

    [Fact]
    public async Task ASweep_OverARank_AndToolsOnWhatItMade()
    {
        var added = await _server.PostAsync("/lorabridge/v1/jobs", $$"""{"kind":"train","name":"cat","request":{{Settings("\"epochs\":1")}},"sweep":{"network.rank":[2,4]} }""");
        var ids = added["jobs"]!.AsArray().Select(job => job!["id"]!.GetValue<string>()).ToList();
        foreach (var id in ids) Assert.Equal("finished", (await EndAsync(id))["state"]!.GetValue<string>());
        var files = ids.Select((id, i) => Path.Combine(Data, "jobs", id, $"cat_network.rank={2 << i}.safetensors")).ToList();
        Assert.All(files, file => Assert.True(File.Exists(file), file));

        foreach (var (kind, request, file) in new[]
        {
            ("bake", $$$"""{"inputs":[{"path":"{{{files[0]}}}","uNetWeight":0.5},{"path":"{{{files[1]}}}"}],"basePath":"{{{EngineFixture.Model}}}","output":"sum.safetensors"}""", "sum.safetensors"),
            ("resize", $$$"""{"input":"{{{files[1]}}}","basePath":"{{{EngineFixture.Model}}}","options":{"rank":{"method":"fixed","most":2} } }""", "result.safetensors"),
            ("convert", $$$"""{"input":"{{{files[1]}}}","basePath":"{{{EngineFixture.Model}}}","options":{"layout":"diffusers"}}""", "result.safetensors"),
            ("grid", """{"request":{"picture":{"prompt":"a cat","width":64,"height":64,"steps":1,"sampler":"Euler"},"blends":[{},{}]}}""", "sheet.png"),
            ("generate", """{"request":{"prompt":"a cat","width":64,"height":64,"steps":1,"sampler":"Euler"}}""", "000.png"),
        })
        {
            var job = (await _server.PostAsync("/lorabridge/v1/jobs", $$"""{"kind":"{{kind}}","request":{{request}}}"""))["jobs"]![0]!["id"]!.GetValue<string>();
            var done = await EndAsync(job);
            Assert.True(done["state"]!.GetValue<string>() == "finished", done.ToJsonString());
            Assert.NotEmpty(await _server.Http.GetByteArrayAsync(new Uri($"/lorabridge/v1/jobs/{job}/files/{file}", UriKind.Relative)));
        }
    }

    private async Task StartAsync() => _server = await ServerProcess.StartAsync(Data, "--model", EngineFixture.Model, "--device", "cpu", "--dtype", "float32", "--vocabulary", EngineFixture.Settings.Start.Vocabulary.File!);

    private string Settings(string more) =>
        $$"""{"settings":{"train_data_dir":"{{Path.Combine(_folder, "pictures")}}","seed":3,"resolution":64,"buckets.minimumSide":64,"batch_size":2,"schedule.warmup":0,{{more}} } }""";

    private async Task<string> AddAsync(string more) =>
        (await _server.PostAsync("/lorabridge/v1/jobs", $$"""{"kind":"train","name":"x","request":{{Settings("\"network.rank\":4," + more)}}}"""))["jobs"]![0]!["id"]!.GetValue<string>();

    private Task<JsonNode> JobAsync(string id) => _server.GetAsync($"/lorabridge/v1/jobs/{id}");

    private async Task<JsonArray> EventsAsync(string id) => (await _server.GetAsync($"/lorabridge/v1/jobs/{id}/events?limit=5000"))["events"]!.AsArray();

    private byte[] Adapter(string id) => File.ReadAllBytes(Path.Combine(Data, "jobs", id, "x.safetensors"));

    private IEnumerable<string?> Names(string id) => Directory.GetFiles(Path.Combine(Data, "jobs", id)).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private Task<JsonNode> EndAsync(string id) => UntilAsync(id, job => job["state"]!.GetValue<string>() is "finished" or "failed" or "cancelled");

    private Task<JsonNode> StepAsync(string id, int step) => UntilAsync(id, job => Step(job) >= step || job["state"]!.GetValue<string>() == "finished");

    private static int Step(JsonNode job) => job["stage"]!.GetValue<string>() is var stage && stage.StartsWith("step ", StringComparison.Ordinal) ? int.Parse(stage.Split(' ')[1]) : 0;

    private Task<JsonNode> StateAsync(string id, string state, int? starts = null) => UntilAsync(id, job => job["state"]!.GetValue<string>() == state && (starts is null || job["starts"]!.GetValue<int>() == starts));

    private async Task<JsonNode> UntilAsync(string id, Func<JsonNode, bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var job = await JobAsync(id);
            if (isSo(job)) return job;
            Assert.True(job["state"]!.GetValue<string>() is not "failed", job.ToJsonString());
            await Task.Delay(20, limit.Token);
        }
    }
}
