using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class JobRetentionTests
{
    private static readonly DateTimeOffset s_now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("all", new string[0])]
    [InlineData("3", new string[0])]
    [InlineData("2", new[] { "c" })]
    [InlineData("0", new[] { "a", "b", "c" })]
    [InlineData("5d", new[] { "b", "c" })]
    [InlineData("20d", new[] { "c" })]
    public void Going_TakesTheOldestFirst(string keep, string[] going)
    {
        Job[] over = [Over("b", 10), Over("c", 30), Over("a", 1)];
        Assert.Equal(going, JobRetention.Parse(keep).Going(over, s_now).Select(job => job.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("d")]
    [InlineData("0d")]
    [InlineData("5w")]
    [InlineData("999999999999")]
    public void Parse_OfAnythingElse_SaysWhatToGive(string text) => Assert.Contains("30d", Assert.Throws<FormatException>(() => JobRetention.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Tidy_RemovesJobsThatAreOver_WithTheirFiles_AfterSayingSo()
    {
        await using var server = await StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await RunAsync(server, paused: i == 2));
        var jobs = server.Services.GetRequiredService<DataFolder>().Jobs;

        var said = await TidyAsync(server, new { keep = "0", rehearse = true });
        Assert.Equal(ids[..2].Order(), said["removed"]!.AsArray().Select(id => id!.GetValue<string>()).Order());
        Assert.Equal(10, said["bytes"]!.GetValue<int>());
        Assert.True(Directory.Exists(Path.Combine(jobs, ids[0])));
        Assert.Equal(1, (await TidyAsync(server, new { keep = "1" }))["left"]!.GetValue<int>());
        await TidyAsync(server, new { keep = "0" });
        Assert.Equal([ids[2]], (await server.Http.GetFromJsonAsync<JsonNode>(new Uri("/lorabridge/v1/jobs", UriKind.Relative)))!["jobs"]!.AsArray().Select(job => job!["id"]!.GetValue<string>()));
        Assert.Empty(Directory.GetDirectories(jobs));
        using var wrong = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/jobs/tidy", UriKind.Relative), new { keep = "some" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
    }

    [Fact]
    public async Task KeepJobs_TidiesAtTheStart()
    {
        var folder = Directory.CreateTempSubdirectory("keep-").FullName;
        using (var store = JobStore.Open(new DataFolder(folder).Jobs, TimeProvider.System))
        {
            store.Add([Over("old", 40), Over("new", 0) with { EndedAt = DateTimeOffset.UtcNow }]);
            Directory.CreateDirectory(Path.Combine(new DataFolder(folder).Jobs, "old"));
        }
        await using var server = await RunningServer.StartAsync(data: folder, change: settings => settings with { KeepJobs = JobRetention.Parse("30d") });
        var jobs = server.Services.GetRequiredService<JobStore>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (jobs.Find("old") is not null) await Task.Delay(10, limit.Token);
        Assert.NotNull(jobs.Find("new"));
    }

    [Fact]
    public void AKillWhileAJobIsRemoved_LeavesItWholeOrGone()
    {
        var data = new DataFolder(Directory.CreateTempSubdirectory("gone-").FullName);
        using (var store = JobStore.Open(data.Jobs, TimeProvider.System))
        {
            store.Add([Over("kept", 1)]);
            foreach (var id in (string[])["kept", "gone"]) Directory.CreateDirectory(Path.Combine(data.Jobs, ".gone-" + id, "samples"));
            JobFolders.Recover(store, data);
            Assert.Equal(["kept"], Directory.GetDirectories(data.Jobs).Select(Path.GetFileName));
            Assert.Throws<JobException>(() =>
            {
                store.Change("kept", job => job with { State = JobState.Running });
                JobFolders.Delete(store, data, "kept", withFiles: true);
            });
            Assert.True(Directory.Exists(Path.Combine(data.Jobs, "kept", "samples")));
        }
        Directory.Delete(data.Path, recursive: true);
    }

    private static Job Over(string id, int daysAgo) => new() { Id = id, Kind = "test", Request = "{}", State = JobState.Finished, EndedAt = s_now - TimeSpan.FromDays(daysAgo) };

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(more: services => services.AddSingleton(new JobKind("write")
    {
        RunAsync = async run =>
        {
            await File.WriteAllTextAsync(Path.Combine(run.Folder, "a.txt"), "hello");
            return new(true);
        },
    }));

    private static async Task<string> RunAsync(RunningServer server, bool paused)
    {
        using var added = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/jobs", UriKind.Relative), new { kind = "write", paused });
        var id = (await added.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["jobs"]![0]!["id"]!.GetValue<string>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!paused && (await server.Http.GetFromJsonAsync<JsonNode>(new Uri($"/lorabridge/v1/jobs/{id}", UriKind.Relative)))!["state"]!.GetValue<string>() != "finished") await Task.Delay(10, limit.Token);
        return id;
    }

    private static async Task<JsonNode> TidyAsync(RunningServer server, object body)
    {
        using var answer = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/jobs/tidy", UriKind.Relative), body);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
