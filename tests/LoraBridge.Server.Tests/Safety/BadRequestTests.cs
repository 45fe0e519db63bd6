using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Tests.Datasets;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Sdapi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoraBridge.Server.Tests.Safety;

/// <summary>Ten thousand requests that are wrong in some way, over all routes. LORABRIDGE_BAD_SEED and LORABRIDGE_BAD_COUNT choose others.</summary>
public sealed class BadRequestTests : IAsyncLifetime, IDisposable
{
    private const int AtOnce = 8, WarmUp = 1500;
    private const long HeapGrowth = 48 << 20, MemoryGrowth = 400 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("bad-").FullName;
    private readonly string _secret = Guid.NewGuid().ToString("N");
    private readonly Errors _log = new();
    private string _job = "";
    private WebApplication _app = null!;
    private Uri _address = null!;

    private string Outside => Path.Combine(_folder, "outside");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Outside);
        foreach (var name in (string[])["canary.txt", "canary.png", "canary.safetensors"]) await File.WriteAllTextAsync(Path.Combine(Outside, name), _secret);
        var webUi = Path.Combine(_folder, "webui");
        Directory.CreateDirectory(Path.Combine(webUi, "models", "Stable-diffusion"));
        await File.WriteAllTextAsync(Path.Combine(webUi, "models", "Stable-diffusion", "plain.safetensors"), "a checkpoint");
        var loras = Directory.CreateDirectory(Path.Combine(_folder, "data", "loras")).FullName;
        Safetensors.Write(Path.Combine(loras, "style.safetensors"), new() { ["lora_unet_x.lora_down.weight"] = [4, 8], ["lora_unet_x.lora_up.weight"] = [8, 4] }, new() { ["ss_network_dim"] = "4" });
        Directory.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "allowed")).FullName, "link"), Outside);
        _app = LoraBridgeServer.Build(new() { Port = 0, Datasets = new() { AllowedFolders = [Path.Combine(_folder, "allowed")] }, Data = new(Path.Combine(_folder, "data")), Sdapi = new() { WebUiFolder = webUi }, Engine = new() { Start = new() { Vocabulary = EngineFixture.Settings.Start.Vocabulary } } }, drawing: Quick(), more: services => services.AddSingleton<ILoggerProvider>(_log).AddSingleton(new JobKind("instant") { RunAsync = _ => Task.FromResult(new JobOutcome(true, new { done = true })), CanFinish = true }));
        await _app.StartAsync();
        _address = new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        using var http = new HttpClient { BaseAddress = _address };
        using var made = await http.PostAsJsonAsync(new Uri("/lorabridge/v1/datasets", UriKind.Relative), new { name = "cat" });
        using var form = new MultipartFormDataContent { { new ByteArrayContent(DatasetServer.Png(1)), "files", "a.png" } };
        using var sent = await http.PostAsync(new Uri("/lorabridge/v1/datasets/cat/pictures", UriKind.Relative), form);
        sent.EnsureSuccessStatusCode();
        using var version = await http.PostAsJsonAsync(new Uri("/lorabridge/v1/datasets/cat/versions", UriKind.Relative), new { name = "first" });
        using var job = await http.PostAsJsonAsync(new Uri("/lorabridge/v1/jobs", UriKind.Relative), new { kind = "instant", request = new { } });
        job.EnsureSuccessStatusCode();
        _job = (await job.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("jobs")[0].GetProperty("id").GetString()!;
    }

    public async Task DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task TenThousandBadRequests_BreakNothing()
    {
        var (seed, count) = (Number("LORABRIDGE_BAD_SEED", 1), Number("LORABRIDGE_BAD_COUNT", 10_000));
        var routes = KnownRoute.Of(_app.Services.GetRequiredService<EndpointDataSource>());
        Assert.True(routes.Count > 90, $"only {routes.Count} routes were found");
        var requests = new BadRequests(seed, routes, Outside, ["cat", "a.png", "style", "1", _job]);

        var faults = await SendAsync(requests, 0, Math.Min(WarmUp, count));
        var (heap, memory) = Memory();
        faults.AddRange(await SendAsync(requests, Math.Min(WarmUp, count), count));
        var (heapAfter, memoryAfter) = Memory();

        Assert.True(faults.Count == 0, $"{faults.Count} faults, seed {seed}:\n" + string.Join("\n\n", faults.Take(40)) + string.Join("\n", _log.Lines.Take(20)));
        Assert.True(heapAfter - heap < HeapGrowth, $"the heap grew from {heap >> 20} to {heapAfter >> 20} MiB");
        Assert.True(memoryAfter - memory < MemoryGrowth, $"the working set grew from {memory >> 20} to {memoryAfter >> 20} MiB");
        Assert.Equal(["canary.png", "canary.safetensors", "canary.txt"], Directory.EnumerateFileSystemEntries(Outside).Select(Path.GetFileName).Order());
        foreach (var file in Directory.EnumerateFiles(Outside)) Assert.Equal(_secret, await File.ReadAllTextAsync(file));
        Assert.Equal(["allowed", "data", "outside", "webui"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).Order());
        using var http = new HttpClient { BaseAddress = _address, Timeout = TimeSpan.FromSeconds(5) };
        Assert.Contains("\"ok\"", await http.GetStringAsync(new Uri("/lorabridge/v1/health", UriKind.Relative)), StringComparison.Ordinal);
    }

    private async Task<List<string>> SendAsync(BadRequests requests, int from, int to)
    {
        var faults = new List<string>();
        await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            var request = requests.Make(number);
            if (await FaultAsync(request) is not { } fault) return;
            lock (faults) faults.Add($"{fault}\n  {request}");
        });
        return faults;
    }

    /// <summary>What is wrong with the answer; null for nothing.</summary>
    private async Task<string?> FaultAsync(BadRequest request)
    {
        var answer = new MemoryStream();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(s_patience);
        var watch = Stopwatch.StartNew();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _address.Port, limit.Token);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(request.Bytes, limit.Token);
            if (!request.IsWhole) socket.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return $"no end after {watch.Elapsed.TotalSeconds:0} s";
        }
        catch (Exception cut) when (cut is IOException or SocketException)
        {
            // the server did not want to read all of it
        }
        var text = Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
        if (text.Contains(_secret, StringComparison.Ordinal)) return "it tells what lies outside:\n" + text;
        if (text.Length == 0) return request.IsWhole && request.Bytes.Length < 100_000 ? "no answer" : null;
        if (!int.TryParse(text.AsSpan(9, 3), CultureInfo.InvariantCulture, out var status)) return "no status: " + text[..Math.Min(100, text.Length)];
        // 505 is the framework's word for a version of HTTP that there is not
        return status is < 500 or 505 || (request.Route.IsSdapi && IsTheWebUis(text)) ? null : text[..Math.Min(1500, text.Length)];
    }

    /// <summary>Whether it is one of the refusals that the WebUI gives the status 500 to, word for word, and that its clients know by it.</summary>
    private static bool IsTheWebUis(string text)
    {
        string[] details = ["Invalid encoded image", "Invalid image url", "Requests not allowed", "Request to local resource not allowed", "Invalid image format"];
        (string Kind, string Beginning)[] failures =
        [
            ("KeyError", "'"), ("RuntimeError", "model '"), ("RuntimeError", "Unknown checkpoint: "), ("RuntimeError", "there are "), ("RuntimeError", "Prompt S/R did not find"),
            ("Exception", "Could not find checkpoint with name "), ("Exception", "could not find upscaler named "), ("AssertionError", "could not find upscaler named "),
        ];
        var start = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (start < 0 || !text.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal)) return false;
        var body = text[(start + 4)..];
        if (text.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) body = body[body.IndexOf('{', StringComparison.Ordinal)..(body.LastIndexOf('}') + 1)];
        using var json = JsonDocument.Parse(body);
        var (kind, detail, errors) = (json.RootElement.GetProperty("error").GetString()!, json.RootElement.GetProperty("detail").GetString()!, json.RootElement.GetProperty("errors").GetString()!);
        return kind == "HTTPException" ? details.Contains(detail) : failures.Any(failure => failure.Kind == kind && errors.StartsWith(failure.Beginning, StringComparison.Ordinal));
    }

    private static (long Heap, long Memory) Memory()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var own = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(true), own.WorkingSet64);
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    // remembers nothing, and draws one small picture whatever is asked for
    private static EngineCalls Quick()
    {
        var png = DatasetServer.Png(9, 8, 8);
        return new()
        {
            DrawAsync = (call, _, _) => Task.FromResult(new GenerateResult([new(png, "a cat\nSteps: 1", 1)], [], []) { Facts = new() { Prompt = call.Request.Prompt } }),
            InterruptAsync = _ => Task.CompletedTask,
            SkipAsync = _ => Task.CompletedTask,
            UnloadAsync = _ => Task.CompletedTask,
            LoadAsync = (_, _) => Task.CompletedTask,
            MemoryAsync = _ => Task.FromResult(EngineMemory.None),
        };
    }

    /// <summary>Keeps what the server says of exceptions that it did not expect.</summary>
    private sealed class Errors : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            lock (_lines) _lines.Add($"{formatter(state, exception)} {exception}");
        }

        public void Dispose() { }
    }
}
