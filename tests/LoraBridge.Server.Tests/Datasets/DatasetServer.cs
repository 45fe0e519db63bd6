using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Datasets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Datasets;

/// <summary>The real server on a free port, with a data folder that goes with it, spoken to in JSON.</summary>
internal sealed class DatasetServer : IAsyncDisposable
{
    public const string Root = "/lorabridge/v1/datasets";

    private readonly WebApplication _app;
    private readonly string _folder;

    private DatasetServer(WebApplication app, string folder)
    {
        (_app, _folder) = (app, folder);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Http = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>A folder that clients may name folders below.</summary>
    public string Allowed => Path.Combine(_folder, "allowed");

    /// <summary>A part of the server.</summary>
    public T Service<T>() where T : class => _app.Services.GetRequiredService<T>();

    public string Data => Path.Combine(_folder, "data");

    /// <param name="settings">Its limits; the allowed folder is set here.</param>
    /// <param name="folder">The folders of a server before; null for new ones.</param>
    /// <param name="vocabulary">CLIP's vocabulary; null for none, which starts sooner.</param>
    public static async Task<DatasetServer> StartAsync(DatasetSettings? settings = null, string? folder = null, string? vocabulary = null)
    {
        folder ??= Directory.CreateTempSubdirectory("datasets-").FullName;
        var allowed = Directory.CreateDirectory(Path.Combine(folder, "allowed")).FullName;
        var all = new ServerSettings { Port = 0, Data = new DataFolder(Path.Combine(folder, "data")), Datasets = (settings ?? new()) with { AllowedFolders = [allowed] }, Engine = new() { Start = new() { Vocabulary = new() { File = vocabulary } } } };
        var app = LoraBridgeServer.Build(all);
        await app.StartAsync();
        return new(app, folder);
    }

    /// <summary>Stops it and starts another over the same folders.</summary>
    public async Task<DatasetServer> RestartAsync()
    {
        await StopAsync();
        return await StartAsync(folder: _folder);
    }

    /// <summary>Makes a data set with some pictures, named with their captions; their grey is their place.</summary>
    public async Task<string> CreateAsync(string name, params (string Name, string? Caption)[] pictures)
    {
        var id = (await SendAsync(HttpMethod.Post, Root, new { name }, HttpStatusCode.Created)).GetProperty("id").GetString()!;
        if (pictures.Length == 0) return id;
        var files = pictures.SelectMany((picture, i) => new (string, byte[])?[]
        {
            (picture.Name, Png((byte)(40 + i))), picture.Caption is null ? null : (Path.ChangeExtension(picture.Name, ".txt"), Encoding.UTF8.GetBytes(picture.Caption)),
        }).OfType<(string, byte[])>();
        await UploadAsync(id, [.. files]);
        return id;
    }

    public Task<JsonElement> GetAsync(string path, HttpStatusCode status = HttpStatusCode.OK) => SendAsync(HttpMethod.Get, path, null, status);

    public Task<JsonElement> PostAsync(string path, object? body = null, HttpStatusCode status = HttpStatusCode.OK) => SendAsync(HttpMethod.Post, path, body, status);

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await Http.SendAsync(request);
        return await JsonOf(answer, status, $"{method} {path}");
    }

    public async Task<JsonElement> UploadAsync(string id, (string Name, byte[] Bytes)[] files, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, bytes) in files)
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"files\"; filename*=UTF-8''{Uri.EscapeDataString(name)}");
            form.Add(content);
        }
        using var answer = await Http.PostAsync(new Uri($"{Root}/{id}/pictures", UriKind.Relative), form);
        return await JsonOf(answer, status, "upload");
    }

    /// <summary>The captions of a data set, by picture.</summary>
    public async Task<Dictionary<string, string?>> CaptionsAsync(string id) =>
        (await GetAsync($"{Root}/{id}/pictures")).GetProperty("pictures").EnumerateArray()
            .ToDictionary(picture => picture.GetProperty("name").GetString()!, picture => picture.TryGetProperty("caption", out var caption) ? caption.GetString() : null);

    /// <summary>The folder of a data set's pictures.</summary>
    public string Pictures(string id) => Path.Combine(Data, "datasets", id, "pictures");

    /// <summary>A picture with some detail that depends on a number.</summary>
    public static byte[] Png(byte number, int width = 32, int height = 24, int channels = 3) => PictureFile.Encode(Picture(number, width, height, channels));

    public static Picture Picture(byte number, int width = 32, int height = 24, int channels = 3)
    {
        var picture = new Picture(width, height, channels);
        new Random(number).NextBytes(picture.Pixels);
        return picture;
    }

    public async Task StopAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<JsonElement> JsonOf(HttpResponseMessage answer, HttpStatusCode status, string what)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{what}: {(int)answer.StatusCode} {text}");
        if ((int)status >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }
}
