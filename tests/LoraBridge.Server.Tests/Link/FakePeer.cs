using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoraBridge.Server.Tests.Link;

/// <summary>Another program on a port of its own, a WebUI or a receiver of webhooks: it notes what it is asked, and fails, hangs, goes away and comes back as it is told.</summary>
internal sealed class FakePeer : IAsyncDisposable
{
    private readonly ConcurrentQueue<Asked> _asked = new();
    private WebApplication? _app;
    private int _port;

    /// <summary>What it answers; null for nothing at all, until the caller gives up.</summary>
    public Func<Asked, int?> Answer { get; set; } = _ => 200;

    /// <summary>Headers of its answers.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    public Uri Url => new($"http://127.0.0.1:{_port}/");

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyList<Asked> All => [.. _asked];

    /// <summary>The last parts of the paths it was asked.</summary>
    public IReadOnlyList<string> Paths => [.. _asked.Select(asked => asked.Path.Split('/')[^1])];

    public static async Task<FakePeer> StartAsync()
    {
        var peer = new FakePeer();
        await peer.ComeAsync();
        return peer;
    }

    /// <summary>Listens, on the port that it had.</summary>
    public async Task ComeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    /// <summary>Ends, with all of its connections.</summary>
    public async Task GoAsync()
    {
        if (_app is null) return;
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public ValueTask DisposeAsync() => new(GoAsync());

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var asked = new Asked(context.Request.Method, context.Request.Path, Encoding.UTF8.GetString(body.ToArray()), context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _asked.Enqueue(asked);
        foreach (var (name, value) in Headers) context.Response.Headers[name] = value;
        if (Answer(asked) is { } status) context.Response.StatusCode = status;
        else await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>A request that came.</summary>
internal sealed record Asked(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers);
