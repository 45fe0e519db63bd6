using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Datasets;

/// <summary>One server for the tests of a class that make data sets of their own.</summary>
public sealed class SharedDatasets : IAsyncLifetime
{
    internal DatasetServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await DatasetServer.StartAsync(vocabulary: Path.Combine(LauncherScript.Root, "tests", "Fixtures", "clip", "bpe_simple_vocab_16e6.txt.gz"));

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
