using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>Stands between a client and a server, passes everything on as it comes and remembers it.</summary>
internal sealed class RecordingProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;
    private readonly ConcurrentQueue<Exchange> _exchanges = new();

    private RecordingProxy(WebApplication app, Uri server) => (_app, _http) = (app, new() { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) });

    public string Address => _app.Urls.Single();

    public IReadOnlyCollection<Exchange> Exchanges => _exchanges;

    public static async Task<RecordingProxy> StartAsync(Uri server)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var proxy = new RecordingProxy(builder.Build(), server);
        proxy._app.Run(proxy.PassAsync);
        await proxy._app.StartAsync();
        return proxy;
    }

    private async Task PassAsync(HttpContext context)
    {
        var (from, cancel) = (context.Request, context.RequestAborted);
        using var body = new MemoryStream();
        await from.Body.CopyToAsync(body, cancel);
        using var request = new HttpRequestMessage(new HttpMethod(from.Method), from.Path + from.QueryString);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body.ToArray());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", from.ContentType);
        }
        foreach (var name in (string[])["Accept", "Last-Event-ID"])
            if (from.Headers.TryGetValue(name, out var value)) request.Headers.TryAddWithoutValidation(name, value.ToString());

        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        using var seen = new MemoryStream();
        var buffer = new byte[1 << 16];
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        while (await content.ReadAsync(buffer, cancel) is > 0 and var count)
        {
            seen.Write(buffer, 0, count);
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), cancel);
            await context.Response.Body.FlushAsync(cancel);
        }
        var type = from.ContentType?.Split(';')[0];
        _exchanges.Enqueue(new(from.Method, from.Path + from.QueryString, Exchange.Json(type, Encoding.UTF8.GetString(body.ToArray())), context.Response.StatusCode, answer.Content.Headers.ContentType?.MediaType, Encoding.UTF8.GetString(seen.ToArray())) { SentType = type });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }
}
