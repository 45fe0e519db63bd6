using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Datasets;
using LoraBridge.Server.Tests.Jobs;

namespace LoraBridge.Server.Tests.Killing;

/// <summary>What users do with a server that is killed, what it said yes to, and whether that is there afterwards.</summary>
internal sealed class KillWork(string data)
{
    private const string Sets = DatasetServer.Root, JobRoot = "/lorabridge/v1/jobs";

    private readonly ConcurrentDictionary<string, byte[]> _pictures = new();
    private readonly ConcurrentDictionary<string, string> _adapters = new();
    private readonly ConcurrentBag<string> _jobs = [], _deleted = [], _labels = [], _labelTags = [];
    private string _whole = "", _hook = "";
    private int _picture, _caption, _captionAcknowledged = -1, _tag, _tagAcknowledged = -1, _label, _adapter, _steps;

    /// <summary>Makes the data sets: one to train on, one for uploads, one for single captions and one for all, one for labels.</summary>
    public async Task PrepareAsync(ServerProcess server)
    {
        await File.WriteAllTextAsync(Path.Combine(data, "a.safetensors"), "");
        foreach (var (name, pictures) in new[] { ("fixed", 4), ("heap", 0), ("words", 1), ("tags", 3), ("labels", 3) })
        {
            await server.PostAsync(Sets, $$"""{"name":"{{name}}"}""");
            if (pictures == 0) continue;
            using var form = new MultipartFormDataContent();
            for (var i = 0; i < pictures; i++)
            {
                form.Add(new ByteArrayContent(DatasetServer.Png((byte)(i + 1), 64, 64)), "files", $"{i}.png");
                form.Add(new ByteArrayContent("first"u8.ToArray()), "files", $"{i}.txt");
            }
            using var answer = await server.Http.PostAsync(new Uri($"{Sets}/{name}/pictures", UriKind.Relative), form);
            answer.EnsureSuccessStatusCode();
        }
        // nobody listens there: what is to be told stays, and can be counted
        _hook = (await server.PostAsync("/lorabridge/v1/webhooks", """{"url":"http://127.0.0.1:9/","events":["job.finished"]}"""))["id"]!.GetValue<string>();
    }

    public async Task<string> AddTrainingAsync(ServerProcess server, int steps)
    {
        var id = (await server.PostAsync(JobRoot, $$"""
            {"kind":"train","name":"x","priority":3,"request":{"settings":{"train_data_dir":"{{Path.Combine(data, "datasets", "fixed", "pictures")}}","seed":3,"resolution":64,"buckets.minimumSide":64,
            "batch_size":2,"schedule.warmup":0,"network.rank":4,"dropout":0.1,"epochs":{{steps / 2}},"saving.everySteps":2,"saving.keepLast":2} } }
            """))["jobs"]![0]!["id"]!.GetValue<string>();
        if (_whole.Length == 0) _whole = id;
        _steps = 0;
        return id;
    }

    public async Task<bool> IsOverAsync(ServerProcess server, string id) => State(await JobAsync(server, id)) is "finished" or "failed";

    public Task EndAsync(ServerProcess server, string id) => UntilAsync(async () => State(await JobAsync(server, id)) is "finished" or "failed", $"job {id} ends");

    /// <summary>Waits until a training is farther than in the round before.</summary>
    public Task ProgressAsync(ServerProcess server, string id) => UntilAsync(async () =>
    {
        var job = await JobAsync(server, id);
        var stage = job["stage"]!.GetValue<string>();
        var step = stage.StartsWith("step ", StringComparison.Ordinal) ? int.Parse(stage.Split(' ')[1]) : 0;
        if (State(job) != "finished" && step <= _steps + 2) return false;
        _steps = step;
        return true;
    }, $"training {id} goes on");

    /// <summary>Does everything at once until the server is killed.</summary>
    public Task BeginAsync(ServerProcess server, CancellationToken cancel) => Task.WhenAll(
    [
        AgainAsync(() => UploadAsync(server), cancel), AgainAsync(() => CaptionAsync(server), cancel), AgainAsync(() => TagAsync(server), cancel), AgainAsync(() => QueueAsync(server), cancel),
        AgainAsync(() => LabelAsync(server), cancel), AgainAsync(() => KeepAsync(server), cancel),
    ]);

    /// <summary>Everything that was acknowledged is there, and nothing is half.</summary>
    public async Task CheckAsync(ServerProcess server)
    {
        var listed = (await PicturesAsync(server)).ToHashSet();
        Assert.Empty(_pictures.Keys.Except(listed));
        foreach (var (name, bytes) in _pictures) Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(data, "datasets", "heap", "pictures", name)));
        foreach (var name in listed.Except(_pictures.Keys)) PictureFile.Read(Path.Combine(data, "datasets", "heap", "pictures", name));

        var caption = (await server.GetAsync($"{Sets}/words/captions/0.png"))["caption"]!.GetValue<string>();
        if (_captionAcknowledged >= 0) Assert.InRange(int.Parse(caption.Split(' ')[1]), _captionAcknowledged, _caption);

        await server.GetAsync($"{Sets}/tags/caption-edits");                    // finishes what was begun
        var tagged = (await server.GetAsync($"{Sets}/tags/pictures"))["pictures"]!.AsArray().Select(picture => picture!["caption"]!.GetValue<string>()).Distinct().ToList();
        var tags = Assert.Single(tagged).Split(", ");
        Assert.Equal(["first", .. Enumerable.Range(0, tags.Length - 1).Select(i => $"t{i}")], tags);
        Assert.InRange(tags.Length - 2, _tagAcknowledged, _tag);

        var known = await AllJobsAsync(server);
        // a job that ends between two pages of the list is on neither
        foreach (var id in _jobs.Concat(_labels).Except(known.Keys)) known[id] = await JobAsync(server, id);
        Assert.Empty(_deleted.Intersect(known.Keys));
        Assert.All(known.Values, job => Assert.NotNull(job["request"]));
        Assert.All(known.Values, job => Assert.NotEqual("failed", State(job)));
        foreach (var (name, from) in _adapters)
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(data, "jobs", from, "x.safetensors")), await File.ReadAllBytesAsync(Path.Combine(data, "loras", name + ".safetensors")));
    }

    /// <summary>Each training that was killed came to what one came to that nothing happened to.</summary>
    public async Task CheckTrainingsAsync(ServerProcess server, string whole, IReadOnlyList<string> killed, int steps)
    {
        foreach (var id in killed)
        {
            Assert.Equal("finished", State(await JobAsync(server, id)));
            Assert.Equal(Adapter(whole), Adapter(id));
            Assert.Equal(Names(whole), Names(id));
            var history = (await server.GetAsync($"{JobRoot}/{id}/history"))["entries"]!.AsArray();
            Assert.Equal(Enumerable.Range(1, steps), history.Where(entry => entry!["loss"] is not null).Select(entry => entry!["step"]!.GetValue<int>()));
            var events = (await server.GetAsync($"{JobRoot}/{id}/events?limit=5000"))["events"]!.AsArray().Select(happened => happened!["number"]!.GetValue<int>()).ToList();
            Assert.Equal(Enumerable.Range(1, events.Count), events);
        }
        // most of them: a kill in the first moments of a run leaves nothing to go on from
        Assert.Contains(killed, id => JobAsync(server, id).Result["starts"]!.GetValue<int>() > 1);
    }

    /// <summary>Every labelling was done once.</summary>
    public async Task CheckLabelsAsync(ServerProcess server)
    {
        foreach (var id in _labels) await EndAsync(server, id);
        foreach (var picture in (await server.GetAsync($"{Sets}/labels/pictures"))["pictures"]!.AsArray())
        {
            var tags = picture!["caption"]!.GetValue<string>().Split(", ");
            Assert.Equal(tags.Distinct(), tags);
            Assert.Empty(_labelTags.Except(tags));
        }
    }

    /// <summary>Of every end there is one delivery in the outbox.</summary>
    public async Task CheckDeliveriesAsync(ServerProcess server)
    {
        var told = (await server.GetAsync($"/lorabridge/v1/webhooks/{_hook}/deliveries?limit=200"))["deliveries"]!.AsArray().Select(delivery => delivery!["sequence"]!.GetValue<long>()).ToList();
        var ends = (await server.GetAsync($"{JobRoot}/events?kinds=state&limit=5000"))["events"]!.AsArray().Where(happened => happened!["body"]!["state"]!.GetValue<string>() == "finished")
            .Select(happened => happened!["sequence"]!.GetValue<long>()).OrderDescending().ToList();
        Assert.Equal(ends.Take(200), told);
    }

    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await isSo())
        {
            await Task.Delay(20, CancellationToken.None);
            Assert.False(limit.IsCancellationRequested, what);
        }
    }

    private async Task UploadAsync(ServerProcess server)
    {
        var number = _picture++;
        var bytes = DatasetServer.Png((byte)number, 40 + (number / 256), 40);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "files", $"p{number}.png" }, { new ByteArrayContent("a cat"u8.ToArray()), "files", $"p{number}.txt" } };
        using var answer = await server.Http.PostAsync(new Uri($"{Sets}/heap/pictures", UriKind.Relative), form);
        var report = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!;
        var saved = report["files"]![0]!["savedAs"]!.GetValue<string>();
        _pictures[saved] = bytes;
        await Task.Delay(60);
    }

    private async Task CaptionAsync(ServerProcess server)
    {
        using var answer = await server.Http.PutAsJsonAsync(new Uri($"{Sets}/words/captions/0.png", UriKind.Relative), new { caption = $"words {++_caption} and more" });
        answer.EnsureSuccessStatusCode();
        _captionAcknowledged = _caption;
    }

    private async Task TagAsync(ServerProcess server)
    {
        // one that was not acknowledged may have been done: it is asked for again, which changes nothing then
        await server.PostAsync($"{Sets}/tags/caption-edits", $$"""{"action":"add","text":"t{{_tag}}"}""");
        _tagAcknowledged = _tag++;
    }

    private async Task QueueAsync(ServerProcess server)
    {
        var added = await server.PostAsync(JobRoot, $$$"""{"kind":"convert","paused":true,"request":{"input":"{{{Path.Combine(data, "a.safetensors")}}}"},"sweep":{"output":["1.safetensors","2.safetensors","3.safetensors"]}}""");
        var ids = added["jobs"]!.AsArray().Select(job => job!["id"]!.GetValue<string>()).ToList();
        foreach (var id in ids[1..]) _jobs.Add(id);
        using var deleted = await server.Http.DeleteAsync(new Uri($"{JobRoot}/{ids[0]}?files=true", UriKind.Relative));
        deleted.EnsureSuccessStatusCode();
        _deleted.Add(ids[0]);
        await Task.Delay(100);
    }

    private async Task LabelAsync(ServerProcess server)
    {
        var tag = $"label {_label++}";
        var added = await server.PostAsync(JobRoot, $$"""{"kind":"label","priority":5,"request":{"dataset":"labels","from":"template","template":"{{tag}}","existing":"append"} }""");
        _labels.Add(added["jobs"]![0]!["id"]!.GetValue<string>());
        _labelTags.Add(tag);
        await Task.Delay(300);
    }

    private async Task KeepAsync(ServerProcess server)
    {
        var name = $"kept{_adapter++}";
        await server.PostAsync($"{JobRoot}/{_whole}/keep", $$"""{"file":"x.safetensors","name":"{{name}}"}""");
        _adapters[name] = _whole;
        await Task.Delay(50);
    }

    private static async Task AgainAsync(Func<Task> work, CancellationToken cancel)
    {
        try
        {
            while (!cancel.IsCancellationRequested) await work();
        }
        catch (Exception broken) when (broken is HttpRequestException { StatusCode: null } or IOException or TaskCanceledException)
        {
            // it was killed
        }
    }

    private static async Task<Dictionary<string, JsonNode>> AllJobsAsync(ServerProcess server)
    {
        var all = new Dictionary<string, JsonNode>();
        while (true)
        {
            var page = (await server.GetAsync($"{JobRoot}?limit=1000&offset={all.Count}"))["jobs"]!.AsArray();
            foreach (var job in page) all[job!["id"]!.GetValue<string>()] = job;
            if (page.Count < 1000) return all;
        }
    }

    private static async Task<List<string>> PicturesAsync(ServerProcess server)
    {
        var all = new List<string>();
        while (true)
        {
            var page = (await server.GetAsync($"{Sets}/heap/pictures?limit=500&offset={all.Count}"))["pictures"]!.AsArray();
            all.AddRange(page.Select(picture => picture!["name"]!.GetValue<string>()));
            if (page.Count < 500) return all;
        }
    }

    private static Task<JsonNode> JobAsync(ServerProcess server, string id) => server.GetAsync($"{JobRoot}/{id}");

    private static string State(JsonNode job) => job["state"]!.GetValue<string>();

    private byte[] Adapter(string id) => File.ReadAllBytes(Path.Combine(data, "jobs", id, "x.safetensors"));

    private IEnumerable<string?> Names(string id) => Directory.GetFiles(Path.Combine(data, "jobs", id)).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
