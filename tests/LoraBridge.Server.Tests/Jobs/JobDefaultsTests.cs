using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Jobs.Kinds;
using LoraBridge.Server.Tests.Engine;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Jobs;

/// <summary>What a job takes where its request says nothing: the model that draws, and then the same one to its end.</summary>
public sealed class JobDefaultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("train-defaults-").FullName;

    private string Last => Path.Combine(_folder, "last.safetensors");

    public JobDefaultsTests() => File.Copy(EngineFixture.Model, Last);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task NoCheckpoint_TheLastModel_IsDrawnWithAndTrainedOn()
    {
        await using var server = await StartAsync();

        Assert.Equal(Last, server.Services.GetRequiredService<JobDefaults>().Model);
        Assert.Equal(Last, ModelOf(Checked(server, "{}")));
    }

    [Fact]
    public async Task ACheckpointInItsFolder_GoesBeforeTheLastModel()
    {
        var own = Path.Combine(Directory.CreateDirectory(new DataFolder(Path.Combine(_folder, "data")).Checkpoints).FullName, "own.safetensors");
        File.Copy(EngineFixture.Model, own);
        await using var server = await StartAsync();

        Assert.Equal(own, ModelOf(Checked(server, """{"settings":{"network.rank":4}}""")));
        Assert.Equal("last", ModelOf(Checked(server, """{"settings":{"model.path":"last"}}""")));
        Assert.Null(ModelOf(Checked(server, """{"settings":{"pretrained_model_name_or_path":"last"}}""")));
        Assert.Null(ModelOf(Checked(server, """{"varied":{"model.path":"last"}}""")));
    }

    [Theory]
    [InlineData("grid", """{"request":{"picture":{"prompt":"a cat"}}}""", "picture")]
    [InlineData("generate", """{"request":{"prompt":"a cat"}}""", null)]
    public async Task Pictures_WithoutAModel_AreOfTheOneInUse_InItsSize(string kind, string request, string? part)
    {
        await using var server = await StartAsync();

        var kept = server.Services.GetRequiredService<JobKinds>().Get(kind).Check(new("job-1", "one", Path.Combine(_folder, "job-1"), JsonNode.Parse(request)!.AsObject())).Request;

        var picture = part is null ? kept["request"]! : kept["request"]![part]!;
        Assert.Equal(Last, kept["model"]!["path"]!.GetValue<string>());
        Assert.Equal((512, 512), (picture["width"]!.GetValue<int>(), picture["height"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Pictures_WithAModelAndASize_AreLeftAlone()
    {
        await using var server = await StartAsync();
        var request = JsonNode.Parse($$$"""{"request":{"prompt":"a cat","width":64,"height":72},"model":{"path":"{{{Last}}}"}}""")!.AsObject();

        var kept = server.Services.GetRequiredService<JobKinds>().Get("generate").Check(new("job-1", "one", Path.Combine(_folder, "job-1"), request)).Request;

        Assert.Equal(request.ToJsonString(), kept.ToJsonString());
    }

    private Task<RunningServer> StartAsync() =>
        RunningServer.StartAsync(change: settings => settings with { Sdapi = settings.Sdapi with { LastModel = Last } }, data: Path.Combine(_folder, "data"));

    // as it is kept with the job
    private JsonObject Checked(RunningServer server, string request)
    {
        var pictures = Directory.CreateDirectory(Path.Combine(_folder, "data", "datasets", "some")).FullName;
        EngineFixture.WritePictures(pictures);
        var whole = JsonNode.Parse(request)!.AsObject();
        if (whole["settings"] is not JsonObject settings) whole["settings"] = settings = [];
        settings["data.folder"] = pictures;
        return server.Services.GetRequiredService<JobKinds>().Get("train").Check(new("job-1", "one", Path.Combine(_folder, "data", "jobs", "job-1"), whole)).Request;
    }

    private static string? ModelOf(JsonObject request) => request["settings"]!["model.path"]?.GetValue<string>();
}
