using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraBridge.Benchmarks;

/// <summary>The machine's Chromium without a window, spoken to in its own protocol: a benchmark needs five of its calls, and no driver's package.</summary>
internal sealed class HeadlessBrowser : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = new();
    private Task _answers = Task.CompletedTask;
    private int _last;

    private HeadlessBrowser(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Starts one with an empty profile.</summary>
    public static async Task<HeadlessBrowser> StartAsync()
    {
        var program = new[] { Environment.GetEnvironmentVariable("LORABRIDGE_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("There is no Chromium. Install the package chromium, or name the program in LORABRIDGE_CHROMIUM.");
        var profile = Directory.CreateTempSubdirectory("lorabridge-browser-").FullName;
        var process = Process.Start(new ProcessStartInfo(program, ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"])
        {
            RedirectStandardError = true,
        })!;
        var browser = new HeadlessBrowser(process, profile);
        while (await process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.IndexOf("ws://", StringComparison.Ordinal) is var at && at < 0) continue;
            _ = process.StandardError.ReadToEndAsync();                                          // a full pipe would stop it
            await browser._socket.ConnectAsync(new(line[at..].Trim()), CancellationToken.None).ConfigureAwait(false);
            browser._answers = browser.ListenAsync();
            return browser;
        }
        throw new InvalidOperationException("Chromium did not start.");
    }

    /// <summary>Opens a tab with a storage and a cache of its own.</summary>
    /// <param name="early">A script that runs in each document before the page's own.</param>
    public async Task<Tab> OpenAsync(string early, int width = 1280, int height = 800)
    {
        var context = (await CallAsync("Target.createBrowserContext", []).ConfigureAwait(false))["browserContextId"]!.GetValue<string>();
        var target = (await CallAsync("Target.createTarget", new() { ["url"] = "about:blank", ["browserContextId"] = context, ["width"] = width, ["height"] = height }).ConfigureAwait(false))["targetId"]!.GetValue<string>();
        var session = (await CallAsync("Target.attachToTarget", new() { ["targetId"] = target, ["flatten"] = true }).ConfigureAwait(false))["sessionId"]!.GetValue<string>();
        await CallAsync("Page.enable", [], session).ConfigureAwait(false);
        await CallAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" }, session).ConfigureAwait(false);
        await CallAsync("Page.addScriptToEvaluateOnNewDocument", new() { ["source"] = early }, session).ConfigureAwait(false);
        return new(this, context, session);
    }

    /// <summary>What all its processes have worked by now, drawing included: processors' time in seconds.</summary>
    public double Work()
    {
        // pid (name) state parent … user and system time are the 14th and 15th
        var all = Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[^1])).Select(folder => Path.Combine(folder, "stat")).Where(File.Exists).Select(Fields).Where(fields => fields.Length > 15).ToDictionary(fields => int.Parse(fields[0], CultureInfo.InvariantCulture));
        bool Is(int id) => id == _process.Id || (all.TryGetValue(id, out var fields) && int.Parse(fields[3], CultureInfo.InvariantCulture) is var parent && parent > 1 && Is(parent));
        return all.Where(one => Is(one.Key)).Sum(one => double.Parse(one.Value[13], CultureInfo.InvariantCulture) + double.Parse(one.Value[14], CultureInfo.InvariantCulture)) / 100;

        static string[] Fields(string path)
        {
            try
            {
                var text = File.ReadAllText(path);
                return [text[..text.IndexOf(' ', StringComparison.Ordinal)], "", .. text[(text.LastIndexOf(')') + 2)..].Split(' ')];
            }
            catch (IOException)
            {
                return [];                                                                      // it ended meanwhile
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _answers.ConfigureAwait(false);
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        _end.Dispose();
        _turn.Dispose();
        for (var i = 0; Directory.Exists(_profile); i++)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException) when (i < 20)
            {
                await Task.Delay(100).ConfigureAwait(false);                                     // its children write a moment longer
            }
        }
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters, string? session = null)
    {
        var (id, answer) = (Interlocked.Increment(ref _last), new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously));
        _asked[id] = answer;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null) call["sessionId"] = session;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, true, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
        var said = await answer.Task.WaitAsync(TimeSpan.FromMinutes(2)).ConfigureAwait(false);
        return said["result"] ?? throw new InvalidOperationException($"{method}: {said["error"]}");
    }

    private async Task ListenAsync()
    {
        var part = new byte[1 << 16];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(part, _end.Token).ConfigureAwait(false);
                message.Write(part, 0, received.Count);
                if (!received.EndOfMessage) continue;
                var said = JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!;
                message.SetLength(0);
                if (said["id"] is { } id && _asked.TryRemove(id.GetValue<int>(), out var asked)) asked.TrySetResult(said);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            foreach (var asked in _asked.Values) asked.TrySetException(error);
        }
    }

    /// <summary>A tab; its storage goes with it.</summary>
    internal sealed class Tab(HeadlessBrowser browser, string context, string session) : IAsyncDisposable
    {
        /// <summary>Goes to an address.</summary>
        public async Task GoAsync(Uri address)
        {
            await browser.CallAsync("Page.navigate", new() { ["url"] = address.ToString() }, session).ConfigureAwait(false);
        }

        /// <summary>What a script's value is, once its promise is kept.</summary>
        public async Task<JsonNode> AskAsync(string script)
        {
            var said = await browser.CallAsync("Runtime.evaluate", new() { ["expression"] = script, ["awaitPromise"] = true, ["returnByValue"] = true }, session).ConfigureAwait(false);
            return said["exceptionDetails"] is { } fault ? throw new InvalidOperationException(fault.ToJsonString()) : said["result"]!["value"] ?? JsonValue.Create(0);
        }

        /// <summary>What the page's main thread has worked by now: its processor's time in seconds, whatever else the machine does; of it scripts, styles and layout.</summary>
        public async Task<(double All, double Script, double Layout)> WorkAsync()
        {
            var figures = (await browser.CallAsync("Performance.getMetrics", [], session).ConfigureAwait(false))["metrics"]!.AsArray().ToDictionary(one => one!["name"]!.GetValue<string>(), one => one!["value"]!.GetValue<double>());
            return (figures["TaskDuration"], figures["ScriptDuration"], figures["LayoutDuration"] + figures["RecalcStyleDuration"]);
        }

        public async ValueTask DisposeAsync() => await browser.CallAsync("Target.disposeBrowserContext", new() { ["browserContextId"] = context }).ConfigureAwait(false);
    }
}
