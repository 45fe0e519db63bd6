using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LoraBridge.Samples;

/// <summary>LoraBridge's API over a plain HttpClient, as far as this program needs it.</summary>
/// <param name="http">Its base address is the server's; headers such as Authorization are set there.</param>
internal sealed class LoraBridgeClient(HttpClient http)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public Task<Dataset> CreateDatasetAsync(string name) => SendAsync<Dataset>(HttpMethod.Post, "/lorabridge/v1/datasets", Json(new NewDataset(name)));

    /// <summary>Sends pictures and the captions beside them; the report says what became of each.</summary>
    public async Task<UploadReport> UploadAsync(Dataset dataset, IEnumerable<string> files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in files) form.Add(new StreamContent(File.OpenRead(file)), "files", Path.GetFileName(file));
        return await SendAsync<UploadReport>(HttpMethod.Post, $"/lorabridge/v1/datasets/{dataset.Id}/pictures", form);
    }

    public Task<JobsAdded> TrainAsync(string name, IReadOnlyDictionary<string, JsonElement> settings) =>
        SendAsync<JobsAdded>(HttpMethod.Post, "/lorabridge/v1/jobs", Json(new NewJob("train", name, new(settings))));

    public Task<Job> GetJobAsync(string id) => SendAsync<Job>(HttpMethod.Get, $"/lorabridge/v1/jobs/{id}");

    public Task<KeptAdapter> KeepAsync(string id, KeepAdapter keep) => SendAsync<KeptAdapter>(HttpMethod.Post, $"/lorabridge/v1/jobs/{id}/keep", Json(keep));

    /// <summary>What happens to a job, until it is over; a connection that breaks is taken up again where it was.</summary>
    public async IAsyncEnumerable<JobEvent> WatchAsync(string id)
    {
        for (var last = 0L; ;)
        {
            var isOver = false;
            await foreach (var happened in StreamAsync(id, last))
            {
                last = happened.Number;
                isOver = happened.Kind == "state" && happened.Body.GetProperty("state").GetString() is "finished" or "failed" or "cancelled" or "paused";
                yield return happened;
            }
            if (isOver) yield break;
            await Task.Delay(1000);
        }
    }

    /// <summary>Draws as any WebUI's client would.</summary>
    public async Task<byte[]> DrawAsync(PictureRequest request)
    {
        var drawn = await SendAsync<Pictures>(HttpMethod.Post, "/sdapi/v1/txt2img", Json(request));
        return Convert.FromBase64String(drawn.Images[0]);
    }

    private async IAsyncEnumerable<JobEvent> StreamAsync(string id, long last, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/lorabridge/v1/jobs/{id}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Add("Last-Event-ID", $"{last}");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        await CheckAsync(answer);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
        while (await NextAsync(lines, cancel) is { } line)
            // of a message only its data is needed: number and kind stand in it too
            if (line.StartsWith("data: ", StringComparison.Ordinal)) yield return JsonSerializer.Deserialize<JobEvent>(line[6..], s_json)!;
    }

    private static async Task<string?> NextAsync(StreamReader lines, CancellationToken cancel)
    {
        try
        {
            return await lines.ReadLineAsync(cancel);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var answer = await http.SendAsync(request);
        await CheckAsync(answer);
        return (await answer.Content.ReadFromJsonAsync<T>(s_json))!;
    }

    /// <summary>An error is a problem whose detail says what is wrong and what helps.</summary>
    private static async Task CheckAsync(HttpResponseMessage answer)
    {
        if (answer.IsSuccessStatusCode) return;
        var text = await answer.Content.ReadAsStringAsync();
        var detail = text.StartsWith('{') ? JsonSerializer.Deserialize<Problem>(text, s_json)?.Detail : null;
        throw new HttpRequestException($"{(int)answer.StatusCode}: {detail ?? text}");
    }

    private static JsonContent Json<T>(T value) => JsonContent.Create(value, options: s_json);
}
