using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Server.Commands;
using LoraBridge.Server.Tests.Commands;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Engine;

/// <summary>A server's process and its engine's.</summary>
public sealed class EngineCommandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("serve-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Serve_WhoseEngineHoldsAModel_HasNoTorchOfItsOwnAndTakesTheEngineWithItWhenItIsKilled()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "LoraBridge.Server.dll"), "serve", "--port", "0", "--data", _data, "--model", EngineFixture.Model, "--device", "cpu",
            "--vocabulary", Path.Combine(LauncherScript.Root, "tests", "Fixtures", "clip", "bpe_simple_vocab_16e6.txt.gz"),
        ];
        using var server = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(timeout.Token);
            using var http = new HttpClient { BaseAddress = new Uri(line!.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal))) };
            var idle = await EngineOf(http, timeout.Token);
            using var loaded = await http.PostAsync(new Uri("/lorabridge/v1/engine/load", UriKind.Relative), null, timeout.Token);
            var busy = await EngineOf(http, timeout.Token);
            var engine = busy.GetProperty("health").GetProperty("processId").GetInt32();

            Assert.True(loaded.IsSuccessStatusCode);
            Assert.False(idle.GetProperty("isRunning").GetBoolean());
            Assert.Equal(EngineFixture.Model, busy.GetProperty("memory").GetProperty("models")[0].GetProperty("path").GetString());
            Assert.False(HoldsTorch(server.Id));
            Assert.True(HoldsTorch(engine));

            server.Kill();
            while (Directory.Exists($"/proc/{engine}") && !IsZombie(engine)) await Task.Delay(20, timeout.Token);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    [Fact]
    public async Task Load_OfACheckpointThatIsNotThere_IsAProblemThatNamesIt()
    {
        await using var server = await RunningServer.StartAsync(engine: EngineFixture.Settings);

        using var answer = await server.Http.PostAsJsonAsync("/lorabridge/v1/engine/load", new { path = "/nowhere/m.safetensors" });
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("/nowhere/m.safetensors", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engine_CalledByHand_SaysWhoCallsIt()
    {
        var run = await CommandRun.OfAsync("engine");

        Assert.Equal(CommandLine.UsageError, run.ExitCode);
        Assert.Contains("'./lorabridge serve' starts engines by itself", run.Error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> EngineOf(HttpClient http, CancellationToken cancel) => await http.GetFromJsonAsync<JsonElement>("/lorabridge/v1/engine", cancel);

    private static bool HoldsTorch(int process) => File.ReadLines($"/proc/{process}/maps").Any(mapping => mapping.Contains("libtorch", StringComparison.Ordinal));

    private static bool IsZombie(int process) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[1][0] == 'Z';
}
