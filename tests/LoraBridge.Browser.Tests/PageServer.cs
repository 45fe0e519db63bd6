using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace LoraBridge.Browser.Tests;

/// <summary>A server in a process of its own, with the model that comes with it and an empty data folder that goes with it; it can be killed and started again at the same address.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private static readonly string s_root = FindRoot();
    private readonly string _data = Directory.CreateTempSubdirectory("page-").FullName;
    private Process? _process;
    private Task<string>? _output;

    private PageServer()
    {
    }

    /// <summary>The page's sources.</summary>
    public static string Sources => Path.Combine(s_root, "extension", "page");

    /// <summary>The repository.</summary>
    public static string Root => s_root;

    /// <summary>Where it listens, the slash at the end included.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0/");

    public string Data => _data;

    public HttpClient Http { get; } = new();

    public static async Task<PageServer> StartAsync()
    {
        var server = new PageServer();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it, at the address that it had.</summary>
    public async Task StartAgainAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "LoraBridge.Server.dll"), "serve", "--port", Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--data", _data,
            "--device", "cpu", "--dtype", "float32", "--vocabulary", Path.Combine(s_root, "tests", "Fixtures", "clip", "bpe_simple_vocab_16e6.txt.gz"),
        ])
        {
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) is not { } address) continue;
            _output = _process.StandardOutput.ReadToEndAsync(CancellationToken.None); // a full pipe would stop it
            Address = new Uri(address.TrimEnd('/') + "/");
            return;
        }
        throw new InvalidOperationException("The server did not start.");
    }

    /// <summary>SIGKILL, as a power cut would end it.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        if (_output is not null) await _output;
        process.Dispose();
        _process = null;
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(new Uri(Address, $"lorabridge/v1/{path}")))!;

    public async Task<JsonNode> PostAsync(string path, JsonNode body)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(Address, $"lorabridge/v1/{path}"), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    public async Task PutAsync(string path, JsonNode body)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PutAsync(new Uri(Address, $"lorabridge/v1/{path}"), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until the server has seen so many adapters in its folder.</summary>
    public async Task UntilAdaptersAsync(int count)
    {
        for (var i = 0; i < 300; i++)
        {
            if ((await GetAsync("adapters?limit=1"))["total"]!.GetValue<int>() == count) return;
            await Task.Delay(100);
        }
        throw new TimeoutException($"The server does not see {count} adapters after half a minute.");
    }

    /// <summary>Makes a data set with pictures and captions, without the page.</summary>
    /// <returns>Its id and the folder of its pictures.</returns>
    public async Task<(string Id, string Folder)> MakeDatasetAsync(string name, int pictures = 4, string caption = "outline drawing")
    {
        var dataset = await PostAsync("datasets", new JsonObject { ["name"] = name });
        var id = dataset["id"]!.GetValue<string>();
        using var form = new MultipartFormDataContent();
        foreach (var (file, bytes) in TestPictures.Style(pictures).SelectMany(one => new[] { (one.Name, one.Bytes), (Path.ChangeExtension(one.Name, ".txt"), Encoding.UTF8.GetBytes($"{caption}, {one.Caption}")) }))
            form.Add(new ByteArrayContent(bytes), "files", file);
        using var answer = await Http.PostAsync(new Uri(Address, $"lorabridge/v1/datasets/{id}/pictures"), form);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (id, dataset["folder"]!.GetValue<string>());
    }

    /// <summary>Queues a small training, without the page.</summary>
    /// <returns>The job's id.</returns>
    public async Task<string> TrainAsync(string name, string folder, int epochs, JsonObject? more = null)
    {
        var settings = new JsonObject
        {
            ["train_data_dir"] = folder,
            ["seed"] = 3,
            ["batch_size"] = 2,
            ["schedule.warmup"] = 0,
            ["network.rank"] = 4,
            ["learning_rate"] = 2e-3,
            ["epochs"] = epochs,
        };
        foreach (var (key, value) in more ?? []) settings[key] = value?.DeepClone();
        var added = await PostAsync("jobs", new JsonObject { ["kind"] = "train", ["name"] = name, ["request"] = new JsonObject { ["settings"] = settings } });
        return added["jobs"]![0]!["id"]!.GetValue<string>();
    }

    /// <summary>Waits until a job is in a state.</summary>
    public async Task<JsonNode> UntilAsync(string job, string state)
    {
        for (var i = 0; i < 600; i++)
        {
            var now = await GetAsync($"jobs/{job}");
            if (now["state"]!.GetValue<string>() == state) return now;
            Assert.False(now["state"]!.GetValue<string>() is "failed" or "finished" or "cancelled", now.ToJsonString());
            await Task.Delay(100);
        }
        throw new TimeoutException($"{job} is not {state} after a minute.");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Http.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoraBridge.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
