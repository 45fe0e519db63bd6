using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class JobFeedTests : IDisposable
{
    private const string Root = "/lorabridge/v1/jobs";

    private readonly string _folder = Directory.CreateTempSubdirectory("feed-").FullName;

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Feed_TellsAllJobsInOrder_AndOfDeletedOnes()
    {
        using var store = JobStore.Open(_folder, TimeProvider.System);
        store.Add([NewJob("a"), NewJob("b")]);
        store.Append("b", "step", "{}");
        store.Append("a", "file", "{}");
        store.Delete("b");
        var all = store.Feed(0, 100);
        Assert.Equal([("a", "state", 1L), ("a", "file", 4L), ("b", "deleted", 5L)], all.Select(happened => (happened.Job, happened.Event.Kind, happened.Sequence)));
        Assert.Equal(5, store.LastSequence);
        Assert.Equal(["file"], store.Feed(1, 1).Select(happened => happened.Event.Kind));
        Assert.Equal(["deleted"], store.Feed(0, 9, ["step", "deleted"]).Select(happened => happened.Event.Kind));
        store.Add([NewJob("c")]);
        Assert.Equal(6, store.Feed(5, 9).Single().Sequence);                    // a number never comes again
    }

    [Fact]
    public void Open_OfTheFirstVersion_NumbersWhatIsThere()
    {
        JobStore.Open(_folder, TimeProvider.System).Dispose();
        using (var old = new SqliteConnection($"Data Source={Path.Combine(_folder, "jobs.sqlite")};Pooling=False"))
        {
            old.Open();
            JobSchema.Execute(old, """
                drop trigger outbox; drop view told; drop table delivery; drop table webhook; drop table deletion; drop table counter; drop index event_sequence; alter table event drop column sequence;
                delete from schema where version = 2;
                insert into job values ('a', 'test', '', null, 'finished', null, 0, 1, '{}', 1, 5, null, null, 0, 1, '', null, null, null, null, 2), ('b', 'test', '', null, 'queued', null, 0, 2, '{}', 1, 6, null, null, 0, 0, '', null, null, null, null, 1);
                insert into event (job, number, time, kind, body) values ('a', 1, 10, 'state', '{}'), ('a', 2, 30, 'state', '{}'), ('b', 1, 20, 'state', '{}');
                """);
        }
        using var store = JobStore.Open(_folder, TimeProvider.System);
        Assert.Equal([("a", 1L), ("b", 1L), ("a", 2L)], store.Feed(0, 9).Select(happened => (happened.Job, happened.Event.Number)));
        store.Append("b", "warning", "{}");
        Assert.Equal(4, store.LastSequence);
    }

    [Fact]
    public async Task TheStream_GoesOnAfterABreak_AcrossJobs()
    {
        await using var server = await StartAsync();
        var first = await AddAsync(server);
        var list = (await server.Http.GetFromJsonAsync<JsonNode>(new Uri(Root, UriKind.Relative)))!;
        var heard = await HeardAsync(server, null, 1);
        Assert.Equal((first, "state"), (heard[0].Job, heard[0].Kind));
        Assert.Equal(list["lastEvent"]!.GetValue<long>(), heard[0].Sequence);

        var second = await AddAsync(server);
        using (var edit = await server.Http.PatchAsJsonAsync(new Uri($"{Root}/{second}", UriKind.Relative), new { before = first, name = "new" })) edit.EnsureSuccessStatusCode();
        using (var gone = await server.Http.DeleteAsync(new Uri($"{Root}/{first}", UriKind.Relative))) gone.EnsureSuccessStatusCode();
        var rest = await HeardAsync(server, heard[0].Sequence, 3);
        Assert.Equal([(second, "state"), (second, "edited"), (first, "deleted")], rest.Select(message => (message.Job, message.Kind)));

        var polled = (await server.Http.GetFromJsonAsync<JsonNode>(new Uri($"{Root}/events?after={rest[0].Sequence}&kinds=edited,deleted", UriKind.Relative)))!;
        Assert.Equal(["edited", "deleted"], polled["events"]!.AsArray().Select(happened => happened!["kind"]!.GetValue<string>()));
        Assert.Equal("new", polled["events"]![0]!["body"]!["name"]!.GetValue<string>());
        Assert.Equal(rest[^1].Sequence, polled["last"]!.GetValue<long>());
        using var wrong = await server.Http.GetAsync(new Uri($"{Root}/events?limit=0", UriKind.Relative));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
    }

    private static Job NewJob(string id) => new() { Id = id, Kind = "test", Request = "{}" };

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(more: services => services.AddSingleton(new JobKind("rest") { RunAsync = _ => Task.FromResult(new JobOutcome(true)) }));

    private static async Task<string> AddAsync(RunningServer server)
    {
        using var added = await server.Http.PostAsJsonAsync(new Uri(Root, UriKind.Relative), new { kind = "rest", paused = true });
        return (await added.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["jobs"]![0]!["id"]!.GetValue<string>();
    }

    private static async Task<List<(long Sequence, string Job, string Kind)>> HeardAsync(RunningServer server, long? last, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{Root}/events", UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is { } known) request.Headers.Add("Last-Event-ID", known.ToString());
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        var heard = new List<(long, string, string)>();
        while (heard.Count < count && await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var data = JsonNode.Parse(line[6..])!;
            heard.Add((data["sequence"]!.GetValue<long>(), data["job"]!.GetValue<string>(), data["kind"]!.GetValue<string>()));
        }
        return heard;
    }
}
