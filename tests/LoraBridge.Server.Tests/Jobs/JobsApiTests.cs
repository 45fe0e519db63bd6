using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class JobsApiTests
{
    private const string Path = "/lorabridge/v1/jobs";

    [Fact]
    public async Task Post_AJob_QueuesItAndItIsDone()
    {
        await using var server = await StartAsync();
        var added = await SendAsync(server, HttpMethod.Post, Path, """{"kind":"count","name":"one","priority":2,"request":{"to":3}}""", HttpStatusCode.Created);
        var id = added["jobs"]![0]!["id"]!.GetValue<string>();
        var job = await EndAsync(server, id);
        Assert.Equal("finished", job["state"]!.GetValue<string>());
        Assert.Equal(3, job["result"]!["counted"]!.GetValue<int>());
        Assert.Equal("""{"to":3}""", job["request"]!.ToJsonString());
        Assert.Equal((1, 2, 1), (job["progress"]!.GetValue<double>(), job["priority"]!.GetValue<int>(), job["starts"]!.GetValue<int>()));
        Assert.Equal([id], (await GetAsync(server, $"{Path}?state=finished,failed&kind=count"))["jobs"]!.AsArray().Select(found => found!["id"]!.GetValue<string>()));
        Assert.Empty((await GetAsync(server, $"{Path}?state=queued"))["jobs"]!.AsArray());
    }

    [Theory]
    [InlineData("POST", "", """{"kind":"fly"}""", 422, "kind")]
    [InlineData("POST", "", """{"kind":"count","priority":5000}""", 422, "priority")]
    [InlineData("POST", "", """{"kind":"count","sweep":{"to":[]}}""", 422, "sweep.to")]
    [InlineData("POST", "", """{"kind":"train","request":{"settings":{"learning_rte":1}}}""", 422, "settings")]
    [InlineData("POST", "", """{"kind":"train","request":{"settings":{"network.rank":-4, "train_data_dir":"/nowhere"}}}""", 422, "network.rank")]
    [InlineData("POST", "", """{"kind":"train","request":{"model":"x"}}""", 422, "model")]
    [InlineData("POST", "", """{"kind":"resize","request":{"input":"x.safetensors"}}""", 422, "options")]
    [InlineData("POST", "", """{"kind":"convert","request":{"input":"x.safetensors","output":"../../x.safetensors"}}""", 422, "output")]
    [InlineData("POST", "", """{"kind":"convert","request":{"input":"x.safetensors","colour":"red"}}""", 422, "colour")]
    [InlineData("POST", "", """{"kind":"generate","request":{"request":{"kind":"poem"}}}""", 422, "request")]
    [InlineData("POST", "", """{"kind":"grid","request":{"request":{"blends":7}}}""", 422, "request.blends")]
    [InlineData("POST", "", "{", 400, null)]
    [InlineData("GET", "?state=flying", null, 422, "state")]
    [InlineData("GET", "?limit=0", null, 422, "limit")]
    [InlineData("GET", "/job-nobody", null, 404, null)]
    [InlineData("GET", "/job-nobody/events", null, 404, null)]
    [InlineData("GET", "/job-nobody/history", null, 404, null)]
    [InlineData("DELETE", "/job-nobody", null, 404, null)]
    [InlineData("POST", "/job-nobody/pause", null, 404, null)]
    [InlineData("PATCH", "/job-nobody", """{"name":"x"}""", 404, null)]
    public async Task AWrongRequest_IsAProblemThatNamesTheField(string method, string path, string? body, int status, string? field)
    {
        await using var server = await StartAsync();
        var problem = await SendAsync(server, new(method), Path + path, body, (HttpStatusCode)status);
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        if (field is not null) Assert.Contains(problem["errors"]!.AsObject(), error => error.Key == field && error.Value![0]!.GetValue<string>().Length > 10);
        Assert.Empty((await GetAsync(server, Path))["jobs"]!.AsArray());
    }

    [Fact]
    public async Task Verbs_ChangeAJob()
    {
        await using var server = await StartAsync();
        var added = await SendAsync(server, HttpMethod.Post, Path, """{"kind":"count","paused":true,"request":{},"sweep":{"to":[1,2,3]}}""", HttpStatusCode.Created);
        var ids = added["jobs"]!.AsArray().Select(job => job!["id"]!.GetValue<string>()).ToList();
        var changed = await SendAsync(server, HttpMethod.Patch, $"{Path}/{ids[2]}", $$"""{"name":"new","priority":7,"goesOn":false,"before":"{{ids[0]}}"}""");
        Assert.Equal(("new", 0, false), (changed["name"]!.GetValue<string>(), changed["priority"]!.GetValue<int>(), changed["goesOn"]!.GetValue<bool>()));
        Assert.Equal("cancelled", (await SendAsync(server, HttpMethod.Post, $"{Path}/{ids[0]}/cancel"))["state"]!.GetValue<string>());
        await SendAsync(server, HttpMethod.Post, $"{Path}/{ids[1]}/resume");
        Assert.Equal("finished", (await EndAsync(server, ids[1]))["state"]!.GetValue<string>());
        await SendAsync(server, HttpMethod.Post, $"{Path}/{ids[1]}/finish", expected: HttpStatusCode.Conflict);
        var copy = await SendAsync(server, HttpMethod.Post, $"{Path}/{ids[1]}/clone", """{"request":{"to":5}}""", HttpStatusCode.Created);
        Assert.Equal(5, (await EndAsync(server, copy["jobs"]![0]!["id"]!.GetValue<string>()))["result"]!["counted"]!.GetValue<int>());
        await SendAsync(server, HttpMethod.Post, $"{Path}/{ids[1]}/clone", expected: HttpStatusCode.Created);
        await SendAsync(server, HttpMethod.Delete, $"{Path}/{ids[1]}?files=true", expected: HttpStatusCode.NoContent);
        await SendAsync(server, HttpMethod.Get, $"{Path}/{ids[1]}", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Events_AsAList_GoOnAfterANumber()
    {
        await using var server = await StartAsync();
        var id = await CountAsync(server, 5);
        await EndAsync(server, id);
        var first = await GetAsync(server, $"{Path}/{id}/events?limit=4");
        Assert.Equal((4, false), (first["last"]!.GetValue<int>(), first["isOver"]!.GetValue<bool>()));
        var rest = await GetAsync(server, $"{Path}/{id}/events?after=4");
        Assert.Equal(["counted", "counted", "counted", "state"], rest["events"]!.AsArray().Select(happened => happened!["kind"]!.GetValue<string>()));
        Assert.True(rest["isOver"]!.GetValue<bool>());
        Assert.Equal(5, rest["events"]![2]!["body"]!["number"]!.GetValue<int>());
    }

    [Fact]
    public async Task Events_AsAStream_AreReplayedAfterABreakAndEndWithTheJob()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(gate.Task);
        var id = await CountAsync(server, 6);

        // a listener that goes away in the middle, while the job is held at 3
        List<(long Id, string Kind)> heard = [];
        await foreach (var message in StreamAsync(server, id, null))
        {
            heard.Add(message);
            if (heard.Count == 5) break;
        }
        gate.SetResult();
        await foreach (var message in StreamAsync(server, id, heard[^1].Id)) heard.Add(message);

        Assert.Equal(Enumerable.Range(1, 9).Select(number => (long)number), heard.Select(message => message.Id));
        Assert.Equal(["state", "state", "counted", "counted", "counted", "counted", "counted", "counted", "state"], heard.Select(message => message.Kind));
        using var late = await OpenAsync(server, id, 9);
        Assert.Equal(HttpStatusCode.NoContent, late.StatusCode);
        using var odd = await OpenAsync(server, id, null, "soon");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, odd.StatusCode);
    }

    [Fact]
    public async Task Events_OfAQuietJob_AreKeptAliveByComments()
    {
        var time = new ImpatientClock();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await RunningServer.StartAsync(time, more: services => services.AddSingleton(Count(gate.Task)));
        var id = await CountAsync(server, 6);
        using var response = await OpenAsync(server, id, null);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var comments = 0;
        while (comments < 2 && await reader.ReadLineAsync(limit.Token) is { } line) comments += line.StartsWith(':') ? 1 : 0;
        Assert.Equal(2, comments);
        gate.SetResult();
    }

    [Fact]
    public async Task Files_AreReadByTheirListedNamesOnly()
    {
        await using var server = await StartAsync();
        var id = await CountAsync(server, 1);
        await EndAsync(server, id);
        var files = (await GetAsync(server, $"{Path}/{id}/files"))["files"]!.AsArray().Select(file => file!["name"]!.GetValue<string>());
        Assert.Equal(["note.txt", "samples/a.png"], files);
        Assert.Equal("hello", await server.Http.GetStringAsync(new Uri($"{Path}/{id}/files/note.txt", UriKind.Relative)));
        Assert.Equal(["samples/a.png"], (await GetAsync(server, $"{Path}/{id}/samples"))["files"]!.AsArray().Select(file => file!["name"]!.GetValue<string>()));
        using (var picture = await server.Http.GetAsync(new Uri($"{Path}/{id}/files/samples/a.png", UriKind.Relative))) Assert.Equal("image/png", picture.Content.Headers.ContentType!.MediaType);
        foreach (var name in (string[])["secret.key", "link.txt", "..%2Fjobs.sqlite", "%2e%2e/jobs.lock", "samples", "note.txt/", "%2Fetc%2Fpasswd"])
        {
            using var answer = await server.Http.GetAsync(new Uri($"{Path}/{id}/files/{name}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
        Assert.Equal("", await server.Http.GetStringAsync(new Uri($"{Path}/{id}/log", UriKind.Relative)));
        Assert.Empty((await GetAsync(server, $"{Path}/{id}/history"))["entries"]!.AsArray());
    }

    [Fact]
    public async Task Keep_AnAdapter_PutsItWherePromptsFindIt()
    {
        await using var server = await StartAsync();
        var data = server.Services.GetRequiredService<DataFolder>();
        var id = await CountAsync(server, 1);
        await EndAsync(server, id);
        var folder = System.IO.Path.Combine(data.Jobs, id);
        await File.WriteAllTextAsync(System.IO.Path.Combine(folder, "cat.safetensors"), "weights");
        await File.WriteAllTextAsync(System.IO.Path.Combine(folder, "cat.json"), "note");
        await File.WriteAllTextAsync(System.IO.Path.Combine(folder, "cat-resume.state.safetensors"), "state");

        var kept = await SendAsync(server, HttpMethod.Post, $"{Path}/{id}/keep", """{"file":"cat.safetensors","name":"tom"}""");

        Assert.Equal("tom", kept["name"]!.GetValue<string>());
        Assert.Equal("weights", await File.ReadAllTextAsync(System.IO.Path.Combine(data.Loras, "tom.safetensors")));
        Assert.Equal(["tom.json", "tom.safetensors"], Directory.GetFiles(data.Loras).Select(System.IO.Path.GetFileName).Order());
        await SendAsync(server, HttpMethod.Post, $"{Path}/{id}/keep", """{"file":"cat.safetensors","name":"tom"}""", HttpStatusCode.Conflict);
        await SendAsync(server, HttpMethod.Post, $"{Path}/{id}/keep", """{"file":"cat.safetensors","name":"tom","overwrite":true}""");
        foreach (var wrong in (string[])["""{"file":"cat-resume.state.safetensors"}""", """{"file":"note.txt"}""", """{"file":"cat.safetensors","name":"../x"}""", """{"file":"cat.safetensors","name":" "}"""])
            await SendAsync(server, HttpMethod.Post, $"{Path}/{id}/keep", wrong, HttpStatusCode.UnprocessableEntity);
    }

    private static Task<RunningServer> StartAsync(Task? gate = null) => RunningServer.StartAsync(more: services => services.AddSingleton(Count(gate ?? Task.CompletedTask)));

    /// <summary>A kind that counts, and waits at 3.</summary>
    private static JobKind Count(Task gate) => new("count")
    {
        RunAsync = async run =>
        {
            var to = run.Request["to"]!.GetValue<int>();
            for (var number = 1; number <= to; number++)
            {
                if (number == 4) await gate;
                run.Tell("counted", new Counted(number), job => job with { Progress = (double)number / to });
            }
            Directory.CreateDirectory(System.IO.Path.Combine(run.Folder, "samples"));
            await File.WriteAllTextAsync(System.IO.Path.Combine(run.Folder, "note.txt"), "hello");
            await File.WriteAllTextAsync(System.IO.Path.Combine(run.Folder, "secret.key"), "secret");
            await File.WriteAllTextAsync(System.IO.Path.Combine(run.Folder, "samples", "a.png"), "picture");
            File.CreateSymbolicLink(System.IO.Path.Combine(run.Folder, "link.txt"), "/etc/passwd");
            return new(true, new CountDone(to));
        },
    };

    private static async Task<string> CountAsync(RunningServer server, int to) =>
        (await SendAsync(server, HttpMethod.Post, Path, $$"""{"kind":"count","request":{"to":{{to}} } }""", HttpStatusCode.Created))["jobs"]![0]!["id"]!.GetValue<string>();

    private static Task<JsonNode> GetAsync(RunningServer server, string path) => SendAsync(server, HttpMethod.Get, path);

    private static async Task<JsonNode> SendAsync(RunningServer server, HttpMethod method, string path, string? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        if ((int)expected >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private static async Task<JsonNode> EndAsync(RunningServer server, string id)
    {
        await foreach (var _ in StreamAsync(server, id, null))
        {
            // until the stream ends, which it does with the job
        }
        return await GetAsync(server, $"{Path}/{id}");
    }

    private static async Task<HttpResponseMessage> OpenAsync(RunningServer server, string id, long? last, string? word = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{Path}/{id}/events", UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/event-stream");
        if ((word ?? last?.ToString()) is { } header) request.Headers.Add("Last-Event-ID", header);
        return await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async IAsyncEnumerable<(long Id, string Kind)> StreamAsync(RunningServer server, string id, long? last)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var response = await OpenAsync(server, id, last);
        if (response.StatusCode == HttpStatusCode.NoContent) yield break;
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        var (number, kind) = (0L, "");
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) number = long.Parse(line[4..]);
            if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                Assert.Equal(number, JsonNode.Parse(line[6..])!["number"]!.GetValue<long>());
                yield return (number, kind);
            }
        }
    }

    private sealed record Counted(int Number);

    private sealed record CountDone([property: System.Text.Json.Serialization.JsonPropertyName("counted")] int Number);
}
