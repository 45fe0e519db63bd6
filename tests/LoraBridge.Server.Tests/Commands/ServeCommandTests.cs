using System.Net;
using System.Net.Sockets;
using LoraBridge.Server.Commands;

namespace LoraBridge.Server.Tests.Commands;

public sealed class ServeCommandTests
{
    [Fact]
    public async Task Serve_ATakenPort_SaysWhatToDo()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var run = await CommandRun.OfAsync("serve", "--port", $"{port}");

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Equal($"lorabridge: --port: 127.0.0.1:{port} is taken, by another LoraBridge or another program. Stop that one, or choose another port with --port N (0 takes any free one)\n", run.Error);
    }

    [Fact]
    public async Task Serve_AnAddressOfAnotherMachine_SaysWhatToDo()
    {
        var run = await CommandRun.OfAsync("serve", "--host", "192.0.2.1", "--port", "0", "--insecure");

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Contains("--host: this machine has no address 192.0.2.1. Give 127.0.0.1", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("0.0.0.0", true, "--insecure")]
    [InlineData("0.0.0.0", false, "--api-auth", "ann:secret")]
    [InlineData("0.0.0.0", false, "--token", "secret-secret-secret")]
    [InlineData("127.0.0.1", false, "--token", "secret-secret-secret")]
    public async Task Serve_UntilItIsCancelled_SaysWhereItListensAndWarnsBeyondLoopback(string host, bool isOpen, params string[] more)
    {
        using var output = new Announcement();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        var serving = CommandLine.RunAsync(["serve", "--host", host, "--port", "0", .. more], output, error, stop.Token);
        var line = await output.FirstLine.WaitAsync(stop.Token);
        var address = new Uri(line.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)));
        using var http = new HttpClient();
        if (!isOpen) http.DefaultRequestHeaders.Authorization = more[0] == "--token" ? new("Bearer", more[1]) : new("Basic", Convert.ToBase64String("ann:secret"u8));
        var health = await http.GetStringAsync(new Uri($"http://127.0.0.1:{address.Port}/lorabridge/v1/health"));
        await stop.CancelAsync();

        Assert.Equal(0, await serving);
        Assert.Contains("\"ok\"", health, StringComparison.Ordinal);
        Assert.Equal(isOpen && host == "0.0.0.0", error.ToString().Contains("asks for no password", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--listen")]
    [InlineData("--host", "0.0.0.0")]
    [InlineData("--host", "::")]
    [InlineData("--listen", "--cors-allow-origins", "*")]
    public async Task Serve_BeyondLoopbackWithoutCredentials_DoesNotStart(params string[] options)
    {
        var run = await CommandRun.OfAsync(["serve", "--port", "0", .. options]);

        Assert.Equal(CommandLine.Failure, run.ExitCode);
        Assert.Contains("everyone who reaches this machine over the network could use LoraBridge", run.Error, StringComparison.Ordinal);
        Assert.Contains("--api-auth USER:PASSWORD or for a token with --token new, or say --insecure", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Serve_ListeningWithANewToken_ShowsItOnceAndKeepsItForLaterStarts()
    {
        var data = Directory.CreateTempSubdirectory("serve-").FullName;

        var (first, told) = await AnswerAsync(null, "--listen", "--token", "new", "--data", data);
        var token = (await File.ReadAllLinesAsync(Path.Combine(data, "token")))[0];
        var (without, silent) = await AnswerAsync(null, "--listen", "--data", data);
        var (with, _) = await AnswerAsync(token, "--listen", "--data", data);
        var (wrong, _) = await AnswerAsync(token + "x", "--listen", "--data", data);
        var (alone, _) = await AnswerAsync(null, "--data", data);

        Assert.Equal((401, 401, 200, 401, 200), (first, without, with, wrong, alone));
        Assert.Contains($"the new token is {token} and is kept in", told, StringComparison.Ordinal);
        Assert.DoesNotContain(token, silent, StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>What a server that is started so answers, and what it says to its owner.</summary>
    private static async Task<(int Status, string Told)> AnswerAsync(string? token, params string[] options)
    {
        using var output = new Announcement();
        using var error = new StringWriter();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var serving = CommandLine.RunAsync(["serve", "--port", "0", .. options], output, error, stop.Token);
        var line = await output.FirstLine.WaitAsync(stop.Token);
        var port = new Uri(line.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal))).Port;
        using var http = new HttpClient();
        if (token is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/lorabridge/v1/health"));
        await stop.CancelAsync();
        Assert.Equal(0, await serving);
        return ((int)answer.StatusCode, error.ToString());
    }

    [Theory]
    [InlineData("--api-auth", "ann", "user:password")]
    [InlineData("--api-auth", "ann:a:b", "user:password")]
    [InlineData("--datasets-dir", "/no/such/folder", "--datasets-dir: there is no folder '/no/such/folder'. Give one that holds folders of pictures")]
    [InlineData("--cors-allow-origins-regex", "(", "no regular expression")]
    [InlineData("--token", "short", "16 to 1024 ASCII characters")]
    [InlineData("--token-file", "/no/such/file", "--token-file: there is no file '/no/such/file'")]
    [InlineData("--max-json", "0", "'0' is not a whole number from 1 to 2000")]
    public async Task Serve_AnOptionThatIsNone_SaysWhy(string option, string value, string expected)
    {
        var run = await CommandRun.OfAsync("serve", option, value);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    /// <summary>A writer whose first line can be waited for.</summary>
    private sealed class Announcement : StringWriter
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstLine => _first.Task;

        public override Task WriteLineAsync(string? value)
        {
            _first.TrySetResult(value!);
            return Task.CompletedTask;
        }
    }
}
