using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace LoraBridge.Benchmarks;

/// <summary>A server in a process of its own, with a data folder that goes with it.</summary>
internal sealed class ServedProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _data;

    private ServedProcess(Process process, string data, Uri address) => (_process, _data, Http) = (process, data, new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address });

    public HttpClient Http { get; }

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory);

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="program">LoraBridge.Server.dll; empty for what the repository's build made.</param>
    /// <param name="options">More options of <c>serve</c>.</param>
    public static async Task<ServedProcess> StartAsync(string program, params string[] options)
    {
        if (program.Length == 0) program = Path.Combine(Root, "src", "LoraBridge.Server", "bin", "Release", "net10.0", "LoraBridge.Server.dll");
        if (!File.Exists(program)) throw new FileNotFoundException($"There is no {program}: build the server in Release, or name its LoraBridge.Server.dll with --server.");
        var data = Directory.CreateTempSubdirectory("lorabridge-benchmark-").FullName;
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "serve", "--port", "0", "--data", data, .. options]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) is not { } address) continue;
            _ = process.StandardOutput.ReadToEndAsync();
            return new(process, data, new(address));
        }
        throw new InvalidOperationException("The server did not start.");
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false))!;

    public async Task<JsonNode> PostAsync(string path, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), body).ConfigureAwait(false);
        var text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException(text);
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private static string Above(string folder) =>
        File.Exists(Path.Combine(folder, "LoraBridge.sln")) ? folder : Above(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The benchmarks must run below the repository."));
}
