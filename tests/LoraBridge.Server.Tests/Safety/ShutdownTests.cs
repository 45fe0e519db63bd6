using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Jobs;

namespace LoraBridge.Server.Tests.Safety;

/// <summary>A server that is asked to stop in the middle of everything.</summary>
public sealed class ShutdownTests : IDisposable
{
    private const string GoesOn = "goes on from step ";

    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("shutdown-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SigTerm_DuringATrainingAnUploadAndAGeneration_SavesAllAndEndsWithZero()
    {
        EngineFixture.WritePictures(Directory.CreateDirectory(Path.Combine(_folder, "pictures")).FullName);
        string id;
        int step, exit;
        TimeSpan took;
        using (var server = await StartAsync())
        {
            await server.PostAsync("/lorabridge/v1/datasets", """{"name":"cat"}""");
            id = (await server.PostAsync("/lorabridge/v1/jobs", $$$"""{"kind":"train","name":"x","request":{"settings":{"train_data_dir":"{{{Path.Combine(_folder, "pictures")}}}","resolution":64,"buckets.minimumSide":64,"batch_size":1,"network.rank":4,"epochs":5000} } }"""))["jobs"]![0]!["id"]!.GetValue<string>();
            await UntilAsync(async () => Step(await server.GetAsync($"/lorabridge/v1/jobs/{id}")) >= 3);
            using var upload = await DisconnectTests.UploadAsync(server.Http.BaseAddress!, 2);
            using var body = new StringContent("""{"prompt":"a cat","steps":150,"width":256,"height":256,"sampler_name":"Euler"}""", Encoding.UTF8, "application/json");
            var drawing = server.Http.PostAsync(new Uri("/sdapi/v1/txt2img", UriKind.Relative), body);
            await UntilAsync(async () => (await server.GetAsync("/sdapi/v1/progress?skip_current_image=true"))["state"]!["sampling_step"]!.GetValue<int>() > 0 && Pictures().Length == 2);
            step = Step(await server.GetAsync($"/lorabridge/v1/jobs/{id}"));

            var watch = Stopwatch.StartNew();
            exit = await server.TerminateAsync(s_bound);
            took = watch.Elapsed;
            await Assert.ThrowsAnyAsync<Exception>(async () => (await drawing).EnsureSuccessStatusCode());
        }
        Assert.True(exit == 0, $"exit code {exit} after {took.TotalSeconds:0.0} s");
        Assert.Equal(["0.png", "1.png"], Pictures().Select(Path.GetFileName).Order());
        Assert.DoesNotContain(Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories), file => file.EndsWith(".tmp", StringComparison.Ordinal));

        using var next = await StartAsync();
        var log = "";
        await UntilAsync(async () => (log = await next.Http.GetStringAsync(new Uri($"/lorabridge/v1/jobs/{id}/log", UriKind.Relative))).Contains(GoesOn, StringComparison.Ordinal));
        await next.PostAsync($"/lorabridge/v1/jobs/{id}/cancel");
        // nothing that was done by then was lost, though no state was due before epoch's end
        var resumed = int.Parse(log.Split(GoesOn)[1].Split([' ', '.', ',', '\n'])[0]);
        Assert.True(resumed >= step, $"it had come to step {step} and went on from {resumed}:\n{log}");
    }

    private Task<ServerProcess> StartAsync() =>
        ServerProcess.StartAsync(Data, "--model", EngineFixture.Model, "--device", "cpu", "--dtype", "float32", "--vocabulary", EngineFixture.Settings.Start.Vocabulary.File!);

    private string[] Pictures() => Directory.GetFiles(Path.Combine(Data, "datasets", "cat", "pictures"), "*.png");

    private static int Step(JsonNode job) => job["stage"]!.GetValue<string>() is var stage && stage.StartsWith("step ", StringComparison.Ordinal) ? int.Parse(stage.Split(' ')[1]) : 0;

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isSo()) await Task.Delay(30, limit.Token);
    }
}
