using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Datasets;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>What a running server answers is what the descriptions say; the client fails where it is not.</summary>
public sealed class AnswerTests : IAsyncLifetime
{
    private RunningServer _server = null!;
    private DescribedHttp _handler = null!;
    private HttpClient _http = null!;
    private IReadOnlyList<Description> _descriptions = [];

    public async Task InitializeAsync()
    {
        _descriptions = await Description.AllAsync();
        _server = await RunningServer.StartAsync();
        (_http, _handler) = DescribedHttp.Connect(_server.Address, _descriptions);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task EverythingThatNeedsNoParameter_IsAnsweredAsDescribed()
    {
        var simple = _descriptions.SelectMany(description => description.Operations).Where(operation => operation.Method == "GET" && !operation.Path.Contains('{') && !NeedsParameters(operation)).ToList();

        foreach (var operation in simple) await SendAsync("GET", operation.Path);

        Assert.True(simple.Count > 25, $"{simple.Count}");
        Assert.Superset(simple.Select(operation => operation.Id).ToHashSet(), _handler.Used);
    }

    [Fact]
    public async Task ADataset_FromItsMakingToItsEnd_IsAsDescribed()
    {
        const string Sets = "/lorabridge/v1/datasets";
        var set = $"{Sets}/{(await SendAsync("POST", Sets, new { name = "Cats" }))!["id"]}";
        using var form = new MultipartFormDataContent();
        for (byte i = 0; i < 3; i++) form.Add(new ByteArrayContent(DatasetServer.Png(i)), "files", $"cat{i}.png");
        form.Add(new StringContent("inkcat, sitting"), "files", "cat0.txt");
        form.Add(new StringContent("%PDF"), "files", "cat.pdf");
        using (var taken = await _http.PostAsync(new Uri($"{set}/pictures", UriKind.Relative), form)) Assert.True(taken.IsSuccessStatusCode);

        await SendAsync("GET", Sets);
        await SendAsync("PATCH", set, new { name = "Ink cats" });
        await SendAsync("GET", set);
        foreach (var what in (string[])["pictures?limit=2&search=cat", "pictures/cat0.png", "thumbnails/cat0.png?size=128", "tags", "captions/cat0.png", "captions/cat1.png", "caption-edits"]) await SendAsync("GET", $"{set}/{what}");
        await SendAsync("PUT", $"{set}/captions/cat1.png", new { caption = "inkcat, asleep" });
        await SendAsync("POST", $"{set}/caption-edits", new { action = "add", text = "drawing" });
        foreach (var step in (string[])["undo", "redo"]) await SendAsync("POST", $"{set}/caption-edits/{step}");
        await SendAsync("POST", $"{set}/doctor", new { triggerWord = "inkcat", resolution = 64 });
        await SendAsync("POST", $"{set}/versions", new { note = "all three" });
        await SendAsync("GET", $"{set}/versions");
        await SendAsync("GET", $"{set}/versions/1");
        await SendAsync("POST", $"{set}/doctor/cure", new { apply = "remove", picture = "cat2.png" });
        await SendAsync("POST", $"{set}/versions/1/restore");
        await SendAsync("DELETE", $"{set}/pictures/cat2.png");
        await SendAsync("DELETE", set);
        await SendAsync("GET", set);                                            // what is gone is a problem, as described
        await SendAsync("POST", Sets, new { name = 5 });
        await SendAsync("POST", Sets, new { nothing = "" });
        Assert.True(_handler.Used.Count > 20, string.Join(", ", _handler.Used));
    }

    [Fact]
    public async Task AJob_ThatWaits_IsAsDescribed()
    {
        const string Jobs = "/lorabridge/v1/jobs";
        var job = $"{Jobs}/{(await SendAsync("POST", Jobs, new { kind = "generate", name = "cat", paused = true, request = new { request = new { prompt = "a cat" } } }))!["jobs"]![0]!["id"]}";

        foreach (var what in (string[])["", "/events", "/files", "/samples", "/history", "/log"]) await SendAsync("GET", job + what);
        await SendAsync("GET", $"{Jobs}?state=paused&limit=5");
        await SendAsync("PATCH", job, new { name = "another cat", priority = 3 });
        await SendAsync("POST", $"{job}/clone", new { paused = true, request = new { request = new { steps = 5 } } });
        await SendAsync("POST", $"{job}/cancel");
        await SendAsync("DELETE", $"{job}?files=true");
        foreach (var wrong in (object[])[new { kind = "nothing", request = new { } }, new { kind = "bake", request = new { } }, new { kind = "train", request = new { settings = new { train_data_dir = "/nowhere" } } }]) await SendAsync("POST", Jobs, wrong);
        await SendAsync("POST", $"{Jobs}/estimate", new { settings = new { epochs = "many" } });
        await SendAsync("GET", $"{Jobs}?limit=0");
        await SendAsync("GET", $"{Jobs}/none/events");
        Assert.True(_handler.Used.Count > 10, string.Join(", ", _handler.Used));
    }

    [Fact]
    public async Task TheWebUisPart_WithoutAModel_IsAsDescribed()
    {
        const string Sdapi = "/sdapi/v1";
        var picture = Convert.ToBase64String(PictureFile.Encode(new Picture(16, 8, 3), new() { Parameters = "a cat\nSteps: 20, Sampler: Euler a, Seed: 1, Size: 16x8" }));
        await SendAsync("POST", $"{Sdapi}/png-info", new { image = picture });
        await SendAsync("POST", $"{Sdapi}/extra-single-image", new { image = picture, upscaling_resize = 2, upscaler_1 = "Nearest" });
        await SendAsync("POST", $"{Sdapi}/extra-batch-images", new { imageList = new[] { new { data = picture, name = "cat.png" } }, upscaler_1 = "Nearest" });
        await SendAsync("POST", $"{Sdapi}/interrogate", new { image = picture, model = "clip" });
        await SendAsync("POST", $"{Sdapi}/options", new { CLIP_stop_at_last_layers = 2, samples_format = "png" });
        await SendAsync("POST", "/internal/progress", new { id_task = "task(x)" });
        await SendAsync("GET", $"{Sdapi}/progress?skip_current_image=true");
        foreach (var route in (string[])["interrupt", "skip", "refresh-checkpoints", "refresh-vae", "refresh-embeddings", "refresh-loras"]) await SendAsync("POST", $"{Sdapi}/{route}");
        foreach (var route in (string[])["create/embedding", "create/hypernetwork", "train/embedding", "train/hypernetwork"]) await SendAsync("POST", $"{Sdapi}/{route}", new { name = "x" });
        await SendAsync("POST", $"{Sdapi}/txt2img", new { steps = "many" });   // refusals and failures, in their own shape
        await SendAsync("POST", $"{Sdapi}/img2img", new { prompt = "a cat" });
        await SendAsync("POST", $"{Sdapi}/txt2img", new { script_name = "none such" });
        await SendAsync("GET", $"{Sdapi}/progress?skip_current_image=perhaps");
        await SendAsync("GET", "/sd_extra_networks/metadata?page=lora&item=none");
        await SendAsync("GET", "/sd_extra_networks/thumb?filename=/etc/passwd");
        Assert.True(_handler.Used.Count > 18, string.Join(", ", _handler.Used));
    }

    private static bool NeedsParameters(Operation operation) => operation.Node["parameters"]?.AsArray().Any(parameter => parameter!["name"]!.GetValue<string>() is "left" or "right" or "item" or "name" or "filename") == true;

    private async Task<JsonNode?> SendAsync(string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request);
        return answer.Content.Headers.ContentType?.MediaType == "application/json" ? await answer.Content.ReadFromJsonAsync<JsonNode>() : null;
    }
}
