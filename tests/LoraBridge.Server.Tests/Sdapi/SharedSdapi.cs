namespace LoraBridge.Server.Tests.Sdapi;

/// <summary>One server for the tests of a class that leave nothing behind; its engine is as new for each.</summary>
public sealed class SharedSdapi : IAsyncLifetime
{
    private SdapiServer? _server;

    internal SdapiServer Fresh()
    {
        _server!.Engine.Reset();
        return _server;
    }

    public async Task InitializeAsync() => _server = await SdapiServer.StartAsync();

    public async Task DisposeAsync() => await _server!.DisposeAsync();
}
