using LoraBridge.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests;

/// <summary>The real server on a free port, spoken to over HTTP; its data folder is new and goes with it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly DataFolder _data;

    private RunningServer(WebApplication app, Uri address, DataFolder data)
    {
        (_app, _data) = (app, data);
        Address = address;
        Http = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>Its data folder.</summary>
    public string Data => _data.Path;

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => _app.Services;

    public static async Task<RunningServer> StartAsync(TimeProvider? time = null, EngineSettings? engine = null, Action<IServiceCollection>? more = null, string? data = null, Func<ServerSettings, ServerSettings>? change = null)
    {
        var settings = new ServerSettings { Port = 0, Data = new DataFolder(data ?? Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())), Engine = engine ?? new() };
        if (change is not null) settings = change(settings);
        var app = LoraBridgeServer.Build(settings, time, more: more);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new RunningServer(app, new Uri(addresses.Single()), settings.Data);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (Directory.Exists(_data.Path)) Directory.Delete(_data.Path, recursive: true);
    }
}
