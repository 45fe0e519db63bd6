using System.Net;
using System.Text.Json;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Tests.Sdapi.Endpoints;

public sealed class ProgressApiTests
{
    [Fact]
    public async Task Progress_Idle_IsZero()
    {
        await using var server = await SdapiServer.StartAsync();

        Assert.Equal(
            """{"progress":0.0,"eta_relative":0.0,"state":{"skipped":false,"interrupted":false,"stopping_generation":false,"job":"","job_count":0,"job_timestamp":"0","job_no":0,"sampling_step":0,"sampling_steps":0},"current_image":null,"textinfo":null}""",
            (await server.GetAsync("/sdapi/v1/progress")).GetRawText());
    }

    [Fact]
    public async Task Progress_OfAJobInWork_HasItsNumbersAndItsPreview()
    {
        await using var server = await SdapiServer.StartAsync();
        var preview = DrawnEngine.Png(8, 8, 50);
        await using var job = Held.Of(server, "task(one)", progress => progress.Report(new(EngineStage.Sampling, 0.4) { Pass = 1, Passes = 4, Step = 5, Steps = 10, Preview = preview }));
        await job.IsRunning;

        var progress = await server.GetAsync("/sdapi/v1/progress");
        var state = progress.GetProperty("state");
        var without = await server.GetAsync("/sdapi/v1/progress?skip_current_image=true");

        Assert.Equal(0.01 + (1 / 4.0) + (0.5 / 4), progress.GetProperty("progress").GetDouble(), 1e-9);
        Assert.True(progress.GetProperty("eta_relative").GetDouble() > 0);
        Assert.Equal(("Batch 2 out of 4", 4, 1, 5, 10), (state.GetProperty("job").GetString(), Number(state, "job_count"), Number(state, "job_no"), Number(state, "sampling_step"), Number(state, "sampling_steps")));
        Assert.Equal(14, state.GetProperty("job_timestamp").GetString()!.Length);
        Assert.Equal(preview, progress.GetProperty("current_image").GetBytesFromBase64());
        Assert.Equal(JsonValueKind.Null, without.GetProperty("current_image").ValueKind);
    }

    [Fact]
    public async Task Progress_BeforeTheFirstStep_IsAHundredthOfAnUnknownCount()
    {
        await using var server = await SdapiServer.StartAsync();
        await using var job = Held.Of(server, "task(one)");
        await job.IsRunning;

        var progress = await server.GetAsync("/sdapi/v1/progress");

        Assert.Equal((0.01, -1), (progress.GetProperty("progress").GetDouble(), Number(progress.GetProperty("state"), "job_count")));
        Assert.Equal("scripts_txt2img", progress.GetProperty("state").GetProperty("job").GetString());
    }

    [Fact]
    public async Task Progress_AWordThatIsNoFlag_Is422()
    {
        await using var server = await SdapiServer.StartAsync();

        using var answer = await server.Http.GetAsync(new Uri("/sdapi/v1/progress?skip_current_image=perhaps", UriKind.Relative));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("""{"loc":["query","skip_current_image"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}""", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task InternalProgress_ThroughATasksLife_TellsItsState()
    {
        await using var server = await SdapiServer.StartAsync();
        var preview = DrawnEngine.Png(8, 8, 50);
        await using var job = Held.Of(server, "task(one)", progress => progress.Report(new(EngineStage.Sampling, 0.5) { Passes = 1, Step = 5, Steps = 10, Preview = preview }));
        await job.IsRunning;
        var second = server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, force_task_id = "task(two)" });
        while ((await server.GetAsync("/internal/pending-tasks")).GetProperty("size").GetInt32() == 0) await Task.Delay(5);

        var active = await AskAsync(server, "task(one)", -1);
        var seen = await AskAsync(server, "task(one)", active.GetProperty("id_live_preview").GetInt32());
        var queued = await AskAsync(server, "task(two)", -1);
        var pending = await server.GetAsync("/internal/pending-tasks");
        job.Release();
        await Task.WhenAll(job.Answer, second);
        var done = await AskAsync(server, "task(two)", -1);

        Assert.True(active.GetProperty("active").GetBoolean());
        Assert.Equal(0.5, active.GetProperty("progress").GetDouble());
        Assert.Equal("data:image/png;base64," + Convert.ToBase64String(preview), active.GetProperty("live_preview").GetString());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("live_preview").ValueKind);
        Assert.Equal("""{"active":false,"queued":true,"completed":false,"progress":null,"eta":null,"live_preview":null,"id_live_preview":-1,"textinfo":"In queue: 1/1"}""", queued.GetRawText());
        Assert.Equal("""{"size":1,"tasks":["task(two)"]}""", pending.GetRawText());
        Assert.Equal((false, true, "Waiting..."), (done.GetProperty("active").GetBoolean(), done.GetProperty("completed").GetBoolean(), done.GetProperty("textinfo").GetString()));
    }

    [Fact]
    public async Task Interrupt_AJobInWork_TellsTheEngineAndIsForgottenByTheNext()
    {
        await using var server = await SdapiServer.StartAsync();
        await using var job = Held.Of(server, "task(one)");
        await job.IsRunning;

        await server.PostAsync("/sdapi/v1/skip");
        await server.PostAsync("/sdapi/v1/interrupt");
        var state = (await server.GetAsync("/sdapi/v1/progress")).GetProperty("state");
        job.Release();
        await job.Answer;
        server.Engine.Work = (_, _) => Task.CompletedTask;
        await server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8 });

        Assert.Equal(["skip task(one)", "interrupt task(one)"], server.Engine.Told);
        Assert.True(state.GetProperty("interrupted").GetBoolean() && state.GetProperty("skipped").GetBoolean());
        Assert.False((await server.GetAsync("/sdapi/v1/progress")).GetProperty("state").GetProperty("interrupted").GetBoolean());
    }

    [Fact]
    public async Task Refresh_WhileAJobRuns_Waits()
    {
        await using var server = await SdapiServer.StartAsync();
        await using var job = Held.Of(server, "task(one)");
        await job.IsRunning;

        var refresh = server.PostAsync("/sdapi/v1/refresh-checkpoints");
        await server.PostAsync("/sdapi/v1/refresh-loras");
        var waited = !refresh.IsCompleted;
        job.Release();
        await refresh;

        Assert.True(waited);
    }

    private static Task<JsonElement> AskAsync(SdapiServer server, string id, int seen) => server.PostAsync("/internal/progress", new { id_task = id, id_live_preview = seen });

    private static int Number(JsonElement state, string name) => state.GetProperty(name).GetInt32();

    /// <summary>A job that the engine holds until it is released.</summary>
    private sealed class Held(TaskCompletionSource gate, TaskCompletionSource running, Task<JsonElement> answer) : IAsyncDisposable
    {
        public Task<JsonElement> Answer => answer;

        public Task IsRunning => running.Task;

        public static Held Of(SdapiServer server, string id, Action<IProgress<EngineProgress>>? begin = null)
        {
            var (gate, running) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            server.Engine.Work = (_, progress) =>
            {
                begin?.Invoke(progress);
                running.TrySetResult();
                return gate.Task;
            };
            return new(gate, running, server.PostAsync("/sdapi/v1/txt2img", new { width = 8, height = 8, force_task_id = id }));
        }

        public void Release() => gate.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            Release();
            await answer;
        }
    }
}
