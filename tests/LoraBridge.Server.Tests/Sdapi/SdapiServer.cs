using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Sdapi.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Sdapi;

/// <summary>The real server over an engine without torch, with a WebUI's folders that are its own; all of it goes with it.</summary>
internal sealed class SdapiServer : IAsyncDisposable
{
    /// <summary>Names as the tests write them.</summary>
    public static readonly JsonSerializerOptions AsWritten = new();

    private readonly WebApplication _app;
    private readonly string _folder;

    private SdapiServer(WebApplication app, string folder, DrawnEngine engine)
    {
        (_app, _folder, Engine) = (app, folder, engine);
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public DrawnEngine Engine { get; }

    public string WebUi => Path.Combine(_folder, "webui");

    public string Data => Path.Combine(_folder, "data");

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="settings">The API's settings; the WebUI's folder is set here.</param>
    /// <param name="prepare">Fills the WebUI's folder before the start; without it there is one checkpoint, <c>plain.safetensors</c>.</param>
    public static async Task<SdapiServer> StartAsync(SdapiSettings? settings = null, Action<string>? prepare = null)
    {
        var folder = Directory.CreateTempSubdirectory("sdapi-").FullName;
        var webUi = Path.Combine(folder, "webui");
        Directory.CreateDirectory(Path.Combine(webUi, "models", "Stable-diffusion"));
        if (prepare is null) File.WriteAllText(Path.Combine(webUi, "models", "Stable-diffusion", "plain.safetensors"), "a checkpoint");
        prepare?.Invoke(webUi);

        var engine = new DrawnEngine();
        var all = new ServerSettings { Port = 0, Data = new DataFolder(Path.Combine(folder, "data")), Sdapi = (settings ?? new()) with { WebUiFolder = webUi } };
        var app = LoraBridgeServer.Build(all, drawing: engine.ToCalls());
        await app.StartAsync();
        return new(app, folder, engine);
    }

    /// <summary>Waits until the hashes of all checkpoints are known.</summary>
    public Task HashesAsync()
    {
        Service<CheckpointList>();                                              // looks at the folders when it is first needed
        return Service<HashQueue>().DrainAsync();
    }

    /// <summary>What a GET answers, as JSON.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return await JsonOf(answer, HttpStatusCode.OK, path);
    }

    /// <summary>What a POST answers, as JSON.</summary>
    public async Task<JsonElement> PostAsync(string path, object? body = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, AsWritten);
        return await JsonOf(answer, status, path);
    }

    /// <summary>A picture of an answer, decoded.</summary>
    public static Picture Decode(JsonElement base64) => PictureFile.Read(base64.GetBytesFromBase64());

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<JsonElement> JsonOf(HttpResponseMessage answer, HttpStatusCode status, string path)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{path}: {(int)answer.StatusCode} {text}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
