using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.Jobs;

/// <summary>A server in a process of its own, which can be killed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private ServerProcess(Process process, Uri address) => (_process, _http) = (process, new() { BaseAddress = address });

    public HttpClient Http => _http;

    public static async Task<ServerProcess> StartAsync(string data, params string[] more)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var process = Begin(data, more);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) is not { } address) continue;
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None); // a full pipe would stop it
                return new(process, new Uri(address));
            }
            throw new InvalidOperationException("The server did not start.");
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Starts one and kills it in the middle of its start.</summary>
    public static async Task StartAndKillAsync(TimeSpan delay, string data, params string[] more)
    {
        using var process = Begin(data, more);
        await Task.Delay(delay);
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

    public async Task<JsonNode> PostAsync(string path, string body = "")
    {
        using var content = body.Length > 0 ? new StringContent(body, Encoding.UTF8, "application/json") : null;
        try
        {
            using var answer = await _http.PostAsync(new Uri(path, UriKind.Relative), content);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonNode.Parse(text)!;
        }
        catch (IOException broken)
        {
            throw new HttpRequestException(broken.Message, broken);
        }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        using (var kill = Process.Start("bash", ["-c", $"kill -s TERM {_process.Id}"])) await kill.WaitForExitAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    private static Process Begin(string data, string[] more)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LoraBridge.Server.dll"), "serve", "--port", "0", "--data", data, "--datasets-dir", Path.GetDirectoryName(Path.GetFullPath(data))!, .. more]) { RedirectStandardOutput = true };
        start.Environment["SOURCE_DATE_EPOCH"] = "1700000000";
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
        _http.Dispose();
    }
}
