using System.Net;
using System.Text;
using LoraBridge.Server.Safety;

namespace LoraBridge.Server.Tests.Safety;

public sealed class SafetyPipelineTests
{
    private const string Health = "/lorabridge/v1/health", Secret = "0123456789abcdef-secret";

    private static (string, string) Basic(string pair) => ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

    [Fact]
    public async Task AHostThatIsNotThisServer_IsRefusedWithTheCure()
    {
        await using var server = await SafetyServer.StartAsync();

        var ours = await server.SendAsync("GET", Health, null, ("Host", "evil.example"));
        var theirs = await server.SendAsync("GET", "/sdapi/v1/samplers", null, ("Host", "evil.example:80"));
        var own = await server.SendAsync("GET", Health, null, ("Host", "localhost"));

        Assert.Equal((403, "Host", 200), (ours.Status, SafetyServer.Member(ours.Body, "field"), own.Status));
        Assert.Contains("--allowed-hosts", SafetyServer.Member(ours.Body, "cure"), StringComparison.Ordinal);
        Assert.Equal((403, "HTTPException"), (theirs.Status, SafetyServer.Member(theirs.Body, "error")));
    }

    [Theory]
    [InlineData("http://evil.example", null, 403)]
    [InlineData("null", null, 403)]
    [InlineData("http://localhost:1", null, 403)]
    [InlineData(null, "cross-site", 403)]
    [InlineData(null, "same-site", 403)]
    [InlineData(null, "same-origin", 200)]
    [InlineData(null, "none", 200)]
    [InlineData(null, null, 200)]
    [InlineData("http://friend.example", "cross-site", 200)]
    [InlineData("SELF", "same-origin", 200)]
    public async Task APageOfAnotherOrigin_MayChangeNothing(string? origin, string? site, int expected)
    {
        await using var server = await SafetyServer.StartAsync(sdapi: new() { CorsOrigins = ["http://friend.example"] });
        (string, string)[] headers = [.. new[] { ("Origin", origin == "SELF" ? $"http://127.0.0.1:{server.Address.Port}" : origin), ("Sec-Fetch-Site", site) }.Where(header => header.Item2 is not null).Select(header => (header.Item1, header.Item2!))];

        var changed = await server.SendAsync("POST", "/sdapi/v1/interrupt", null, headers);
        var read = await server.SendAsync("GET", Health, null, headers);
        var ours = await server.SendAsync("DELETE", "/lorabridge/v1/datasets/none", null, headers);

        Assert.Equal((expected, 200, expected == 200 ? 404 : 403), (changed.Status, read.Status, ours.Status));
        if (expected == 403) Assert.Contains("--cors-allow-origins", ours.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATokenAndUsers_OpenEveryRouteInEitherWay()
    {
        await using var server = await SafetyServer.StartAsync(new() { Token = AccessToken.Parse(Secret) }, new() { Auth = ApiAuth.Parse("ann:word") });
        (string Name, string Value)[] right = [("Authorization", "Bearer " + Secret), ("Authorization", "bearer " + Secret), Basic("anybody:" + Secret), Basic("ann:word")];
        (string Name, string Value)[] wrong = [("Authorization", "Bearer " + Secret + "x"), ("Authorization", "Bearer"), Basic("ann:" + Secret + "x"), Basic(Secret[..^1]), ("Authorization", "Bearer word")];

        foreach (var path in (string[])[Health, "/sdapi/v1/samplers"])
        {
            foreach (var header in right) Assert.Equal(200, (await server.SendAsync("GET", path, null, header)).Status);
            foreach (var header in wrong) Assert.Equal(401, (await server.SendAsync("GET", path, null, header)).Status);
            var none = await server.SendAsync("GET", path);
            Assert.Equal((401, 2), (none.Status, none.Headers.WwwAuthenticate.Count));
        }
    }

    [Fact]
    public async Task WrongCredentials_TooOften_MakeTheRightOnesWait()
    {
        var time = new SetClock();
        await using var server = await SafetyServer.StartAsync(new() { Token = AccessToken.Parse(Secret), MaxFailures = 3 }, time: time);
        for (var i = 0; i < 3; i++) Assert.Equal(401, (await server.SendAsync("GET", Health, null, ("Authorization", "Bearer " + new string((char)('a' + i), 20)))).Status);

        var locked = await server.SendAsync("GET", Health, null, ("Authorization", "Bearer " + Secret));
        var without = await server.SendAsync("GET", Health);
        time.Advance(TimeSpan.FromSeconds(61));
        var later = await server.SendAsync("GET", Health, null, ("Authorization", "Bearer " + Secret));

        Assert.Equal((429, 401, 200), (locked.Status, without.Status, later.Status));
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
    }

    [Fact]
    public async Task ABodyThatIsTooLong_IsToldTheLimitAndTheOption()
    {
        await using var server = await SafetyServer.StartAsync(new() { MaxJsonBytes = 1000, MaxPictureBytes = 2000 }, datasets: new() { MaxUploadBytes = 3000 });
        var made = await server.SendAsync("POST", "/lorabridge/v1/datasets", """{"name":"cat"}""");
        var json = await server.SendAsync("POST", "/lorabridge/v1/datasets", $$"""{"name":"{{new string('x', 1000)}}"}""");
        var pictures = await server.SendAsync("POST", "/sdapi/v1/png-info", $$"""{"image":"{{new string('x', 2000)}}"}""");
        using var form = new ByteArrayContent(new byte[3001]);
        form.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=edge");
        using var upload = await server.Http.PostAsync(new Uri("/lorabridge/v1/datasets/cat/pictures", UriKind.Relative), form);
        using var picture = new ByteArrayContent(new byte[5000]);
        picture.Headers.ContentType = new("image/png");
        using var preview = await server.Http.PutAsync(new Uri("/lorabridge/v1/adapters/none/preview", UriKind.Relative), picture);
        using var unsaid = new HttpRequestMessage(HttpMethod.Post, new Uri("/lorabridge/v1/datasets", UriKind.Relative)) { Content = new StringContent($$"""{"name":"{{new string('x', 1000)}}"}""", Encoding.UTF8, "application/json") };
        unsaid.Headers.TransferEncodingChunked = true;
        using var chunked = await server.Http.SendAsync(unsaid);

        Assert.Equal((201, 413, 413, 413, 404), (made.Status, json.Status, pictures.Status, (int)upload.StatusCode, (int)preview.StatusCode));
        Assert.Contains("1,000 bytes", json.Body, StringComparison.Ordinal);
        Assert.Contains("--max-json", json.Body, StringComparison.Ordinal);
        Assert.Contains("--max-picture-json", pictures.Body, StringComparison.Ordinal);
        Assert.Contains("--max-upload", await upload.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        Assert.Contains("--max-json", await chunked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestsWithoutEnd_AreToldWhenToComeAgain()
    {
        await using var server = await SafetyServer.StartAsync(new() { RequestsPerSecond = 1 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 700).Select(_ => server.SendAsync("GET", Health)));

        var refused = answers.Where(answer => answer.Status == 429).ToList();
        Assert.InRange(answers.Count(answer => answer.Status == 200), 500, 699);   // a hundred a second for this machine, five seconds' worth at once
        Assert.Equal(700, refused.Count + answers.Count(answer => answer.Status == 200));
        Assert.All(refused, answer => Assert.True(answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1)));
        Assert.Contains("--rate-limit", refused[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_TellBrowsersWhatNotToDo()
    {
        await using var server = await SafetyServer.StartAsync();

        var answer = await server.SendAsync("GET", Health);

        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-site", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("""{"override_settings":{"outdir_samples":"OUT"},"save_images":true}""")]
    [InlineData("""{"override_settings":{"outdir_txt2img_grids":"../../x"},"save_images":true}""")]
    [InlineData("""{"override_settings":{"outdir_samples":"a\u0000b"},"save_images":true}""")]
    public async Task AFolderForPictures_OutsideOfTheServersOwn_IsRefusedBeforeAnythingIsDrawn(string body)
    {
        await using var server = await SafetyServer.StartAsync();
        var outside = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        var answer = await server.SendAsync("POST", "/sdapi/v1/txt2img", body.Replace("OUT", outside, StringComparison.Ordinal));

        Assert.Equal(422, answer.Status);
        Assert.Contains("outdir_", answer.Body, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Calls);
        Assert.False(Directory.Exists(outside));
    }

    [Fact]
    public async Task ARequest_CannotLeaveARestrictedSettingChanged()
    {
        await using var server = await SafetyServer.StartAsync();

        await server.SendAsync("POST", "/sdapi/v1/txt2img", """{"width":8,"height":8,"override_settings":{"api_forbid_local_requests":false,"api_useragent":"x"},"override_settings_restore_afterwards":false}""");
        var fetched = await server.SendAsync("POST", "/sdapi/v1/png-info", $$"""{"image":"http://127.0.0.1:{{server.Address.Port}}/a.png"}""");

        Assert.Contains("Request to local resource not allowed", fetched.Body, StringComparison.Ordinal);
    }

    private sealed class SetClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;
    }
}
