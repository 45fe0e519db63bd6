using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace LoraBridge.Server.Tests;

/// <summary>Speaks JSON with a server, and looks at what it answers.</summary>
internal static class JsonClient
{
    public const string Root = "/lorabridge/v1";

    /// <summary>Sends a request; the answer must have the status.</summary>
    /// <returns>The answer's JSON; an undefined element where it has no body.</returns>
    public static async Task<JsonElement> AskAsync(this HttpClient http, HttpMethod method, string path, object? body = null, HttpStatusCode status = HttpStatusCode.OK, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Root + path, UriKind.Relative));
        if (body is not null) request.Content = JsonContent.Create(body);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        if ((int)status >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    public static Task<JsonElement> ReadAsync(this HttpClient http, string path, HttpStatusCode status = HttpStatusCode.OK) => http.AskAsync(HttpMethod.Get, path, null, status);

    public static Task<JsonElement> PostAsync(this HttpClient http, string path, object body, HttpStatusCode status = HttpStatusCode.OK) => http.AskAsync(HttpMethod.Post, path, body, status);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
