using System.Globalization;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Jobs;
using LoraBridge.Server.Tests.Link;

namespace LoraBridge.Server.Tests.Killing;

/// <summary>
/// The whole server is killed again and again while it trains, queues, edits captions and takes uploads. LORABRIDGE_KILL_ROUNDS says how often (8 where it is not set),
/// LORABRIDGE_KILL_SEED which moments.
/// </summary>
public sealed class ServerKillTests : IDisposable
{
    private const int Steps = 30;

    private static readonly string[] s_options = ["--model", EngineFixture.Model, "--device", "cpu", "--dtype", "float32", "--vocabulary", EngineFixture.Settings.Start.Vocabulary.File!];

    private readonly string _folder = Directory.CreateTempSubdirectory("kill-").FullName;
    private readonly HashSet<string> _sockets = [];

    private string[] _options = s_options;

    private static int Rounds => Number("LORABRIDGE_KILL_ROUNDS", 8);

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task KillingTheServer_WhateverItDoes_LosesNothingThatWasAcknowledged()
    {
        // a WebUI beside it gives its memory up while trainings run
        await using var webUi = await FakePeer.StartAsync();
        _options = [.. s_options, "--webui-url", webUi.Url.AbsoluteUri, "--webui-release", "training"];
        var random = new Random(Number("LORABRIDGE_KILL_SEED", 1));
        var work = new KillWork(Data);
        string whole;
        var trainings = new List<string>();
        using (var first = await StartAsync())
        {
            await work.PrepareAsync(first);
            whole = await work.AddTrainingAsync(first, Steps);
            await work.EndAsync(first, whole);
            trainings.Add(await work.AddTrainingAsync(first, Steps));
        }

        for (var round = 0; round < Rounds; round++)
        {
            if (round % 4 == 2) await ServerProcess.StartAndKillAsync(TimeSpan.FromMilliseconds(random.Next(100, 700)), Data, _options);
            using var server = await StartAsync();
            await work.CheckAsync(server);
            if (await work.IsOverAsync(server, trainings[^1])) trainings.Add(await work.AddTrainingAsync(server, Steps));
            using var end = new CancellationTokenSource();
            var busy = work.BeginAsync(server, end.Token);
            // by turns at any moment, also in the middle of a start, and in the middle of a training that went on
            if (round % 2 == 1) await work.ProgressAsync(server, trainings[^1]);
            await Task.Delay(random.Next(round % 2 == 1 ? 250 : 900));
            Note();
            server.Kill();
            await end.CancelAsync();
            await busy;
        }

        using (var last = await StartAsync())
        {
            await work.CheckAsync(last);
            foreach (var training in trainings) await work.EndAsync(last, training);
            await work.CheckTrainingsAsync(last, whole, trainings, Steps);
            await work.CheckLabelsAsync(last);
            await work.CheckDeliveriesAsync(last);
            // however often the server was killed meanwhile, the WebUI has its model back in the end
            await KillWork.UntilAsync(async () => !(await last.GetAsync("/lorabridge/v1/webui"))["memory"]!["isOwed"]!.GetValue<bool>(), "the WebUI gets its model back");
            Assert.Contains("unload-checkpoint", webUi.Paths);
            Assert.Equal("reload-checkpoint", webUi.Paths.Last(path => path.EndsWith("checkpoint", StringComparison.Ordinal)));
            Assert.Contains("refresh-loras", webUi.Paths);
            Note();
        }
        // one more: nothing was half written since the last one began, so that all leftovers are older
        using (var after = await StartAsync())
        {
            await work.CheckAsync(after);
            await KillWork.UntilAsync(() => Task.FromResult(!Leftovers().Any()), "what was left half written goes");
            Assert.All(_sockets, folder => Assert.False(Directory.Exists(folder), folder));
        }
    }

    private async Task<ServerProcess> StartAsync()
    {
        var server = await ServerProcess.StartAsync(Data, _options);
        Assert.Empty(Engines());                                                // of servers before: this one has cleared them away, and needs none yet or has just begun one
        return server;
    }

    /// <summary>Remembers where this server's engine has its socket.</summary>
    private void Note()
    {
        var trace = Path.Combine(Data, "engine.txt");
        if (File.Exists(trace)) _sockets.Add(File.ReadAllText(trace));
    }

    private IEnumerable<string> Leftovers() => Directory.EnumerateFiles(Data, ".*.tmp", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });

    /// <summary>Engines of servers that were killed.</summary>
    private List<string> Engines() =>
    [
        .. from process in Directory.EnumerateDirectories("/proc")
           let words = Words(process)
           where words.Contains("engine") && _sockets.Any(folder => words.Contains(folder, StringComparison.Ordinal))
           select words,
    ];

    private static string Words(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
