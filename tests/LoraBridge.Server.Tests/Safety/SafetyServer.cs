using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Safety;
using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Tests.Sdapi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Safety;

/// <summary>The real server without torch, with settings of one's own; its folders go with it.</summary>
internal sealed class SafetyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private SafetyServer(WebApplication app, string folder, DrawnEngine engine)
    {
        (_app, _folder, Engine) = (app, folder, engine);
        Address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = new($"http://127.0.0.1:{Address.Port}") };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public DrawnEngine Engine { get; }

    public string Data => Path.Combine(_folder, "data");

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<SafetyServer> StartAsync(SafetySettings? safety = null, SdapiSettings? sdapi = null, IPAddress? host = null, DatasetSettings? datasets = null, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("safety-").FullName;
        var webUi = Path.Combine(folder, "webui");
        Directory.CreateDirectory(Path.Combine(webUi, "models", "Stable-diffusion"));
        File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "plain.safetensors"), "a checkpoint");
        var engine = new DrawnEngine();
        var app = LoraBridgeServer.Build(new()
        {
            Host = host ?? IPAddress.Loopback,
            Port = 0,
            Data = new(Path.Combine(folder, "data")),
            Safety = safety ?? new(),
            Datasets = datasets ?? new(),
            Sdapi = (sdapi ?? new()) with { WebUiFolder = webUi },
        }, time, engine.ToCalls());
        await app.StartAsync();
        return new(app, folder, engine);
    }

    /// <summary>What a request is answered: its status, and its body as text.</summary>
    public async Task<(int Status, string Body, HttpResponseHeaders Headers)> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers);
    }

    /// <summary>A member of a body that is JSON.</summary>
    public static string? Member(string body, string name) => JsonSerializer.Deserialize<JsonElement>(body).TryGetProperty(name, out var value) ? value.GetString() : null;

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
