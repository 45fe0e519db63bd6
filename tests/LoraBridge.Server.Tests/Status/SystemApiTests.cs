using System.Net;
using System.Text.Json;
using LoraBridge.Server.Status;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Tests.Status;

public sealed class SystemApiTests
{
    [Fact]
    public async Task System_OfAServerWithoutEngine_TellsTheMachineAndStartsNone()
    {
        await using var server = await RunningServer.StartAsync(engine: new() { Start = new() { ModelMemory = 1234, Device = "cpu", Model = "/models/a.safetensors" }, IdleTime = null });

        var system = await server.Http.ReadAsync("/system");

        Assert.False(system.GetProperty("engine").GetProperty("isRunning").GetBoolean());
        Assert.Equal(0, system.GetProperty("engine").GetProperty("starts").GetInt32());
        Assert.Equal(Environment.ProcessorCount, system.GetProperty("machine").GetProperty("cores").GetInt32());
        Assert.True(system.GetProperty("machine").GetProperty("memoryBytes").GetInt64() > system.GetProperty("process").GetProperty("memoryBytes").GetInt64());
        Assert.Equal("cpu", system.GetProperty("devices")[0].Text("name"));
        Assert.Equal(1234, system.GetProperty("budgets").GetProperty("modelMemoryBytes").GetInt64());
        Assert.False(system.GetProperty("budgets").TryGetProperty("idleSeconds", out _));
        Assert.Equal(("127.0.0.1", "cpu", "/models/a.safetensors"), (system.GetProperty("options").Text("host"), system.GetProperty("options").Text("device"), system.GetProperty("options").Text("model")));
        var data = system.GetProperty("folders").EnumerateArray().Single(folder => folder.Text("name") == "data");
        Assert.Equal((server.Data, true), (data.Text("path"), data.GetProperty("exists").GetBoolean()));
        Assert.True(data.GetProperty("freeBytes").GetInt64() > 0);
    }

    [Fact]
    public async Task Versions_NameAllThatRunsHere()
    {
        await using var server = await RunningServer.StartAsync();

        var versions = await server.Http.ReadAsync("/system/versions");

        Assert.Equal((StatusApi.ServerVersion, "v1"), (versions.Text("lorabridge"), versions.Text("api")));
        Assert.Matches(@"^3\.\d+", versions.Text("sqlite"));
        Assert.Contains(versions.GetProperty("components").EnumerateArray(), part => part.Text("name") == "Microsoft.Data.Sqlite" && part.Text("version").Length > 0);
    }

    [Fact]
    public async Task Health_OfAServerWhoseJobsCannotBeRead_IsFailed()
    {
        await using var server = await RunningServer.StartAsync();
        var health = await server.Http.ReadAsync("/health");
        Assert.Equal(["store", "engine", "disk"], health.GetProperty("parts").EnumerateArray().Select(part => part.Text("name")));
        Assert.Equal("ok", health.GetProperty("parts")[0].Text("status"));

        using (var other = new SqliteConnection($"Data Source={Path.Combine(server.Data, "jobs", "jobs.sqlite")};Pooling=False"))
        {
            await other.OpenAsync();
            using var command = other.CreateCommand();
            command.CommandText = "alter table job rename to gone";
            await command.ExecuteNonQueryAsync();
        }
        using var answer = await server.Http.GetAsync(new Uri("/lorabridge/v1/health", UriKind.Relative));
        var failed = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "failed", "failed"), (answer.StatusCode, failed.Text("status"), failed.GetProperty("parts")[0].Text("status")));
    }

    [Theory]
    [InlineData("none", null, 0, "degraded")]
    [InlineData("system", null, 0, "ok")]
    [InlineData("system", 4711, 1, "ok")]
    [InlineData("package", null, 2, "degraded")]
    public void TheEnginesPart_SaysHowItIs(string supply, int? process, int failures, string status)
    {
        var part = HealthCheck.Engine(new(supply, null, null), process, failures);

        Assert.Equal(status, part.Status);
        if (process is { } id) Assert.Contains($"{id}", part.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "ok")]
    [InlineData(1L << 31, "ok")]
    [InlineData((1L << 30) - 1, "degraded")]
    public void TheDisksPart_SaysHowMuchIsLeft(long? free, string status) => Assert.Equal(status, HealthCheck.Disk(free, "/data").Status);

    [Fact]
    public void FreeBytes_OfAFolderThatIsNotThereYet_AreThoseOfItsDisk() =>
        Assert.True(MachineFacts.FreeBytes(Path.Combine(Path.GetTempPath(), "no", "such", "folder")) > 0);
}
