using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Tests.Datasets;
using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Jobs;

namespace LoraBridge.Server.Tests.Safety;

/// <summary>A client that goes away takes its work with it, and leaves what was whole.</summary>
public sealed class DisconnectTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task AGeneration_WhoseClientGoes_EndsAndMakesRoomForTheNext()
    {
        await using var server = await SafetyServer.StartAsync();
        var (began, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Engine.Work = (_, _) =>
        {
            began.TrySetResult();
            return never.Task;
        };
        using var gone = new CancellationTokenSource();

        var drawing = DrawAsync(server, gone.Token);
        await began.Task.WaitAsync(s_patience);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drawing);
        await UntilAsync(() => server.Service<Generations>().State.Job.Length == 0);
        server.Engine.Work = (_, _) => Task.CompletedTask;
        using var next = await DrawAsync(server, default).WaitAsync(s_patience);

        Assert.Equal((HttpStatusCode.OK, 2), (next.StatusCode, server.Engine.Calls.Count));
    }

    [Fact]
    public async Task AGenerationThatWaits_WhoseClientGoes_IsNeverDrawn()
    {
        await using var server = await SafetyServer.StartAsync();
        var (began, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Engine.Work = (_, _) =>
        {
            began.TrySetResult();
            return end.Task;
        };
        using var gone = new CancellationTokenSource();
        var queue = server.Service<Generations>().Queue;

        var first = DrawAsync(server, default);
        await began.Task.WaitAsync(s_patience);
        var second = DrawAsync(server, gone.Token);
        await UntilAsync(() => queue.Pending.Count == 1);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await UntilAsync(() => queue.Pending.Count == 0);
        end.SetResult();
        using var answer = await first.WaitAsync(s_patience);

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, server.Engine.Calls.Count));
    }

    [Fact]
    public async Task AnUpload_WhoseClientGoes_KeepsWhatWasWholeAndNothingElse()
    {
        await using var server = await SafetyServer.StartAsync();
        await server.SendAsync("POST", "/lorabridge/v1/datasets", """{"name":"cat"}""");
        var folder = Path.Combine(server.Data, "datasets", "cat", "pictures");

        using (var socket = await UploadAsync(server.Address, 2)) await UntilAsync(() => Directory.GetFiles(folder, "*.png").Length == 2);
        // the captions of what was taken are written as the upload ends
        await UntilAsync(() => Directory.GetFiles(folder, "*.txt").Length == 2);

        Assert.Equal(["0.png", "0.txt", "1.png", "1.txt"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order());
        Assert.Contains("\"total\":2", (await server.SendAsync("GET", "/lorabridge/v1/datasets/cat/pictures")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEstimate_WhoseClientGoes_LeavesTheEngineIdle()
    {
        var folder = Directory.CreateTempSubdirectory("estimate-").FullName;
        var pictures = Directory.CreateDirectory(Path.Combine(folder, "pictures")).FullName;
        EngineFixture.WritePictures(pictures);
        using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"), "--model", EngineFixture.Model, "--device", "cpu", "--dtype", "float32", "--vocabulary", EngineFixture.Settings.Start.Vocabulary.File!);
        using var gone = new CancellationTokenSource();
        var settings = $$"""{"settings":{"train_data_dir":"{{pictures}}","resolution":768,"batch_size":4,"network.rank":4} }""";
        using var body = new StringContent(settings, Encoding.UTF8, "application/json");

        var estimate = server.Http.PostAsync(new Uri("/lorabridge/v1/jobs/estimate?measure=true", UriKind.Relative), body, gone.Token);
        await UntilAsync(async () => estimate.IsCompleted || await RunningAsync(server) is not null);
        Assert.False(estimate.IsCompleted, estimate.IsCompleted ? await (await estimate).Content.ReadAsStringAsync() : "");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => estimate);
        await UntilAsync(async () => await RunningAsync(server) is null);

        server.Kill();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Begins an upload of pictures with captions, of which one more is begun and never ended.</summary>
    internal static async Task<Socket> UploadAsync(Uri server, int whole)
    {
        var body = new MemoryStream();
        for (var i = 0; i <= whole; i++)
        {
            var png = DatasetServer.Png((byte)i);
            if (i < whole) body.Write(Encoding.ASCII.GetBytes($"--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{i}.txt\"\r\n\r\na cat\r\n"));
            body.Write(Encoding.ASCII.GetBytes($"--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{i}.png\"\r\n\r\n"));
            body.Write(i < whole ? png : png.AsSpan(0, 100));
            if (i < whole) body.Write("\r\n"u8);
        }
        var head = string.Create(CultureInfo.InvariantCulture, $"POST /lorabridge/v1/datasets/cat/pictures HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: {body.Length + 1_000_000}\r\n\r\n");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(head));
        await socket.SendAsync(body.ToArray());
        return socket;
    }

    private static Task<HttpResponseMessage> DrawAsync(SafetyServer server, CancellationToken cancel) =>
        server.Http.PostAsJsonAsync(new Uri("/sdapi/v1/txt2img", UriKind.Relative), new { width = 8, height = 8, steps = 1, force_task_id = Guid.NewGuid().ToString() }, cancel);

    private static async Task<string?> RunningAsync(ServerProcess server) => (await server.GetAsync("/lorabridge/v1/engine"))["health"]?["running"]?.GetValue<string>();

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(s_patience * 2);
        while (!await isSo()) await Task.Delay(20, limit.Token);
    }
}
