using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>The sample clients against a real server on the model that comes with it, with everything they say held against the descriptions.</summary>
public sealed partial class SampleTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static readonly string s_samples = Path.Combine(LauncherScript.Root, "samples");

    [Theory]
    [InlineData("csharp")]
    [InlineData("js")]
    public async Task Client_TrainsAndDraws_AsDescribed(string client)
    {
        await using var proxy = await RecordingProxy.StartAsync(served.Address);
        var (pictures, drawn) = (Directory.CreateDirectory(Path.Combine(served.Folder, $"pictures-{client}")).FullName, Path.Combine(served.Folder, $"{client}.png"));
        EngineFixture.WritePictures(pictures);
        await File.WriteAllTextAsync(Path.Combine(pictures, "notes.pdf"), "%PDF");
        string[] program = client == "js" ? ["node", Path.Combine(s_samples, "js-client", "train-and-draw.mjs")] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "CSharpClient.dll")];

        var (code, said) = await RunAsync([.. program, proxy.Address, pictures, $"word{client}", drawn, "epochs=1", "resolution=64", "buckets.minimumSide=64", "batch_size=2", "network.rank=4", "schedule.warmup=0"]);

        Assert.True(code == 0, said);
        Assert.Contains("4 pictures", said, StringComparison.Ordinal);
        Assert.Contains("notes.pdf: ", said, StringComparison.Ordinal);
        Assert.Contains("step 2 of 2, loss ", said, StringComparison.Ordinal);
        var picture = PictureFile.Read(await File.ReadAllBytesAsync(drawn));
        Assert.Equal((64, 64), (picture.Width, picture.Height));
        Assert.Contains($"Lora hashes: \"word{client}", PictureFile.Probe(drawn).Parameters, StringComparison.Ordinal);
        var descriptions = await Description.AllAsync();
        Assert.True(proxy.Exchanges.Count >= 7, string.Join("\n", proxy.Exchanges));
        var faults = proxy.Exchanges.SelectMany(exchange => exchange.Faults(descriptions)).ToList();
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.Contains(proxy.Exchanges, exchange => exchange.Type == "text/event-stream" && exchange.Answer.Contains("event: step", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("csharp")]
    [InlineData("js")]
    public async Task Client_OfWrongSettings_SaysWhatIsWrong(string client)
    {
        string[] program = client == "js" ? ["node", Path.Combine(s_samples, "js-client", "train-and-draw.mjs")] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "CSharpClient.dll")];
        var pictures = Directory.CreateDirectory(Path.Combine(served.Folder, $"wrong-{client}")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(pictures, "cat.png"), PictureFile.Encode(new Picture(64, 64, 3)));

        var (code, said) = await RunAsync([.. program, served.Address.ToString().TrimEnd('/'), pictures, $"wrong{client}", Path.Combine(served.Folder, "none.png"), "epoch=many"]);

        Assert.Equal(1, code);
        Assert.Contains("422: ", said, StringComparison.Ordinal);
        Assert.Contains("epoch", said, StringComparison.Ordinal);
    }

    /// <summary>Each of lorabridge.http's requests is one that the descriptions know, with a body that they allow.</summary>
    [Fact]
    public async Task HttpFile_SaysWhatIsDescribed()
    {
        var descriptions = await Description.AllAsync();
        var parts = (await File.ReadAllTextAsync(Path.Combine(s_samples, "lorabridge.http"))).Split("\n### ").Skip(1).ToList();
        foreach (var part in parts)
        {
            var line = RequestLine().Match(part);
            var (method, path) = (line.Groups[1].Value, line.Groups[2].Value);
            var found = descriptions.Select(description => (description, Operation: description.Find(method, path))).FirstOrDefault(pair => pair.Operation is not null);
            Assert.True(found.Operation is not null, $"{method} {path} is described nowhere");
            var known = found.Operation.Node["parameters"]?.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>()).ToList() ?? [];
            Assert.All(path.Split('?').Skip(1).SelectMany(query => query.Split('&')), pair => Assert.Contains(pair.Split('=')[0], known));
            var type = ContentType().Match(part).Groups[1].Value;
            if (type.Length > 0) Assert.NotNull(found.Operation.Node["requestBody"]?["content"]?[type]);
            if (type != "application/json") continue;
            var faults = SchemaCheck.Faults(found.description, found.Operation.RequestSchema(), JsonNode.Parse(part[part.IndexOf("\n\n", StringComparison.Ordinal)..]));
            Assert.True(faults.Count == 0, $"{method} {path}: {string.Join("; ", faults)}");
        }
        Assert.True(parts.Count > 10);
    }

    private static async Task<(int Code, string Said)> RunAsync(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
        return (process.ExitCode, await output + await error);
    }

    [GeneratedRegex(@"^(GET|POST|PUT|PATCH|DELETE) \{\{server\}\}(\S+)$", RegexOptions.Multiline)]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"^Content-Type: ([\w/-]+)", RegexOptions.Multiline)]
    private static partial Regex ContentType();
}
