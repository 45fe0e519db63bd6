using System.Net;
using LoraBridge.Server.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Blends;

/// <summary>What a training saved, drawn from where it lies.</summary>
public sealed class TrainingGridsTests(TrainingGridsTests.Trained trained) : IClassFixture<TrainingGridsTests.Trained>
{
    private const string Id = "job-000000000001";

    [Fact]
    public async Task AGrid_OfATraining_IsAJobForEverySeed_WithARowForEveryFile()
    {
        var look = new { files = new[] { "fox-000002.safetensors", "fox.safetensors" }, weights = new[] { 0, 0.8 }, seeds = new[] { 7, 8 }, blend = new { prompt = "a fox", width = 64, height = 64, steps = 2 } };

        var added = await trained.Server.Http.PostAsync($"/jobs/{Id}/grid", look, HttpStatusCode.Accepted);

        var jobs = added.GetProperty("jobs");
        Assert.Equal(["grid", "grid"], jobs.EnumerateArray().Select(job => job.Text("kind")));
        var request = jobs[1].GetProperty("request").GetProperty("request");
        var picture = request.GetProperty("picture");
        Assert.Equal((8, "a fox", 2), (picture.GetProperty("seed").GetInt64(), picture.Text("prompt"), request.GetProperty("columns").GetInt32()));
        Assert.Equal($"job:{Id}/fox.safetensors", picture.GetProperty("loraFiles").Text("fox"));
        var blends = request.GetProperty("blends").EnumerateArray().ToList();
        Assert.Equal(["fox-000002 0", "fox-000002 0.8", "fox 0", "fox 0.8"], blends.Select(blend => blend.Text("label")));
        Assert.Equal(0, blends[0].GetProperty("loras").GetArrayLength());         // the base model
        Assert.Equal("fox", blends[3].GetProperty("loras")[0].Text("name"));
    }

    [Theory]
    [InlineData(Id, """{"files":[]}""", 422, "files")]
    [InlineData(Id, """{"files":["../jobs.sqlite"]}""", 422, "files")]
    [InlineData(Id, """{"files":["fox-resume.state.safetensors"]}""", 422, "files")]
    [InlineData(Id, """{"files":["fox.safetensors"],"weights":[]}""", 422, "weights")]
    [InlineData(Id, """{"files":["fox.safetensors"],"weights":[101]}""", 422, "weights")]
    [InlineData(Id, """{"files":["fox.safetensors"],"seeds":[]}""", 422, "seeds")]
    [InlineData(Id, """{"files":["fox.safetensors"],"seeds":[-1]}""", 422, "seeds")]
    [InlineData(Id, """{"files":["fox.safetensors"],"blend":{"steps":0}}""", 422, "steps")]
    [InlineData(Id, """{"files":["fox.safetensors"],"blend":{"adapters":[{"name":"nobody"}]}}""", 422, "adapters[0].name")]
    [InlineData("job-000000000002", """{"files":["fox.safetensors"]}""", 409, "id")]
    public async Task AGrid_ThatMakesNoSense_NamesTheField(string id, string look, int status, string field)
    {
        var problem = await trained.Server.Http.PostAsync($"/jobs/{id}/grid", System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(look), (HttpStatusCode)status);

        Assert.Equal(field, problem.Text("field"));
    }

    [Fact]
    public async Task AGrid_OfNoJob_IsNotFound() =>
        await trained.Server.Http.PostAsync("/jobs/job-00000000ffff/grid", new { files = new[] { "fox.safetensors" } }, HttpStatusCode.NotFound);

    /// <summary>A server with a training that is over and saved twice, and with a bake.</summary>
    public sealed class Trained : IAsyncLifetime
    {
        internal BlendServer Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await BlendServer.StartAsync();
            Server.Server.Services.GetRequiredService<JobStore>().Add([
                new Job { Id = Id, Kind = "train", Name = "fox", Request = """{"settings":{"network":{"rank":4}}}""", State = JobState.Finished },
                new Job { Id = "job-000000000002", Kind = "bake", Name = "other", Request = "{}", State = JobState.Finished },
            ]);
            var folder = Directory.CreateDirectory(Path.Combine(Server.Data, "jobs", Id)).FullName;
            foreach (var name in new[] { "fox-000002", "fox", "fox-resume.state" }) await File.WriteAllBytesAsync(Path.Combine(folder, name + ".safetensors"), [0]);
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
