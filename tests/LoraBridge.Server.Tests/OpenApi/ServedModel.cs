using LoraBridge.Server.Tests.Engine;
using LoraBridge.Server.Tests.Jobs;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>A server in a process of its own with the model that comes with it, and a folder that goes with it.</summary>
public sealed class ServedModel : IAsyncLifetime
{
    private ServerProcess _server = null!;

    public string Folder { get; } = Directory.CreateTempSubdirectory("served-").FullName;

    public Uri Address => _server.Http.BaseAddress!;

    public async Task InitializeAsync() => _server = await ServerProcess.StartAsync(
        Path.Combine(Folder, "data"), "--device", "cpu", "--dtype", "float32", "--vocabulary", EngineFixture.Settings.Start.Vocabulary.File!);

    public Task DisposeAsync()
    {
        _server.Dispose();
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }
}
