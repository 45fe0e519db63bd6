using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Tests.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Jobs;

/// <summary>What jobs' requests may name, and what they may not.</summary>
public sealed class RequestFilesTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("request-files-").FullName;
    private RunningServer _server = null!;

    private string Data => Path.Combine(_folder, "data");

    private RequestFiles Files => _server.Services.GetRequiredService<RequestFiles>();

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "elsewhere"));
        File.WriteAllText(Path.Combine(_folder, "elsewhere", "secret.safetensors"), "");
        var data = new DataFolder(Data);
        Directory.CreateDirectory(data.Checkpoints);
        Directory.CreateDirectory(data.Vaes);
        Directory.CreateDirectory(data.Loras);
        Directory.CreateDirectory(Path.Combine(data.Jobs, "job-1"));
        File.WriteAllText(Path.Combine(data.Jobs, "job-1", "cat.safetensors"), "");
        File.WriteAllText(Path.Combine(data.Checkpoints, "base.safetensors"), "");
        File.WriteAllText(Path.Combine(data.Vaes, "soft.safetensors"), "");
        File.Copy(Path.Combine(Path.GetDirectoryName(EngineFixture.Model)!, "lora-linear.safetensors"), Path.Combine(data.Loras, "ink.safetensors"));
        File.CreateSymbolicLink(Path.Combine(data.Loras, "link.safetensors"), Path.Combine(_folder, "elsewhere", "secret.safetensors"));
        _server = await RunningServer.StartAsync(data: Data);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Names_OfWhatTheServerLists_AreFound()
    {
        var data = new DataFolder(Data);
        var path = Path.Combine(data.Checkpoints, "base.safetensors");
        Assert.Equal([path, path, path], new[] { "base", "base.safetensors", path }.Select(name => Files.Checkpoint("model.path", name)));
        Assert.Equal(Path.Combine(data.Vaes, "soft.safetensors"), Files.Autoencoder("model.vae", "soft.safetensors"));
        Assert.Equal(Path.Combine(data.Loras, "ink.safetensors"), Files.Adapter("input", "ink"));
        Assert.Equal(Path.Combine(data.Jobs, "job-1", "cat.safetensors"), Files.Adapter("input", "job:job-1/cat.safetensors"));
    }

    [Theory]
    [InlineData("../elsewhere/secret.safetensors")]
    [InlineData("job:../../elsewhere/secret.safetensors")]
    [InlineData("job:job-1/../../../elsewhere/secret.safetensors")]
    [InlineData("job:job-1/nobody.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("nobody")]
    [InlineData("")]
    [InlineData("in\0k")]
    [InlineData("{folder}/elsewhere/secret.safetensors")]
    [InlineData("{folder}/data/../elsewhere/secret.safetensors")]
    [InlineData("{folder}/data/loras/link.safetensors")]
    public void Names_OfWhatLiesElsewhere_AreRefused(string name)
    {
        name = name.Replace("{folder}", _folder, StringComparison.Ordinal);
        foreach (var find in (Func<string, string, string>[])[Files.Checkpoint, Files.Autoencoder, Files.Adapter, Files.Pictures])
        {
            var refused = Assert.Throws<JobException>(() => find("input", name));
            Assert.Equal(StatusCodes.Status422UnprocessableEntity, refused.Status);
            Assert.StartsWith("input: ", refused.Errors!["input"].Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Estimate_FilesOfSettings_AreNotRead()
    {
        var toml = Path.Combine(Data, "secret.toml");
        await File.WriteAllTextAsync(toml, "secret = 1");
        using var body = new StringContent(JsonSerializer.Serialize(new { settings = new { dataset_config = toml } }), Encoding.UTF8, "application/json");

        using var answer = await _server.Http.PostAsync(new Uri("/lorabridge/v1/jobs/estimate", UriKind.Relative), body);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>();
        Assert.DoesNotContain("secret = 1", problem, StringComparison.Ordinal);
    }
}
