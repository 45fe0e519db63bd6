using System.Diagnostics;
using System.Net.Http.Json;
using LoraBridge.Server.Tests.Datasets;

namespace LoraBridge.Server.Tests;

public sealed class ServerProcessTests
{
    private static readonly string[] s_lists =
        ["samplers", "schedulers", "upscalers", "latent-upscale-modes", "sd-models", "sd-vae", "loras", "embeddings", "prompt-styles", "options", "scripts", "script-info", "memory", "progress"];

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task TheServersProcess_HasLoadedNoTorchAndEndsCleanly(string signal)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var program = Path.Combine(AppContext.BaseDirectory, "LoraBridge.Server.dll");
        // who starts tests in the background has them ignore SIGINT, which their children inherit
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", program, "serve", "--port", "0", "--data", Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(timeout.Token);
            var address = new Uri(line!.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)));
            using var http = new HttpClient { BaseAddress = address };
            await http.GetStringAsync(new Uri("/lorabridge/v1/health", UriKind.Relative), timeout.Token);
            await http.GetStringAsync(new Uri("/lorabridge/v1/version", UriKind.Relative), timeout.Token);
            foreach (var list in s_lists) await http.GetStringAsync(new Uri("/sdapi/v1/" + list, UriKind.Relative), timeout.Token);
            await UseDatasetsAsync(http, timeout.Token);

            var loaded = await File.ReadAllLinesAsync($"/proc/{process.Id}/maps", timeout.Token);
            using (var kill = Process.Start("bash", ["-c", $"kill -s {signal} {process.Id}"])) await kill.WaitForExitAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);

            Assert.DoesNotContain(loaded, mapping => mapping.Contains("libtorch", StringComparison.Ordinal) || mapping.Contains("lorabridge_torch", StringComparison.Ordinal));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
    // pictures are decoded and examined, captions counted in tokens
    private static async Task UseDatasetsAsync(HttpClient http, CancellationToken cancel)
    {
        using var made = await http.PostAsJsonAsync(new Uri("/lorabridge/v1/datasets", UriKind.Relative), new { name = "cat" }, cancel);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(DatasetServer.Png(1)), "files", "a.png" }, { new ByteArrayContent("a cat"u8.ToArray()), "files", "a.txt" } };
        using var sent = await http.PostAsync(new Uri("/lorabridge/v1/datasets/cat/pictures", UriKind.Relative), form, cancel);
        using var examined = await http.PostAsJsonAsync(new Uri("/lorabridge/v1/datasets/cat/doctor", UriKind.Relative), new { }, cancel);
        foreach (var answer in new[] { made, sent, examined }) answer.EnsureSuccessStatusCode();
        await http.GetByteArrayAsync(new Uri("/lorabridge/v1/datasets/cat/thumbnails/a.png", UriKind.Relative), cancel);
        await http.GetStringAsync(new Uri("/lorabridge/v1/datasets/cat/captions/a.png", UriKind.Relative), cancel);
        await http.GetStringAsync(new Uri("/lorabridge/v1/adapters", UriKind.Relative), cancel);
    }
}
