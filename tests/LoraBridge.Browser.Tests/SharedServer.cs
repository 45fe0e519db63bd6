namespace LoraBridge.Browser.Tests;

/// <summary>One server for the tests of a class that leave each other in peace.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal PageServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
