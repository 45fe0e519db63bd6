using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Safety;

namespace LoraBridge.Server.Tests.Sdapi;

public sealed class SdapiPipelineTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    [Theory]
    [InlineData("ann:secret", HttpStatusCode.OK, "")]
    [InlineData("bob:word", HttpStatusCode.OK, "")]
    [InlineData("ann:word", HttpStatusCode.Unauthorized, "Incorrect username or password")]
    [InlineData("", HttpStatusCode.Unauthorized, "Incorrect username or password")]
    [InlineData(null, HttpStatusCode.Unauthorized, "Not authenticated")]
    public async Task Auth_APair_OpensEveryRoute(string? pair, HttpStatusCode status, string detail)
    {
        await using var server = await SdapiServer.StartAsync(new() { Auth = ApiAuth.Parse("ann:secret,bob:word") });
        if (pair is not null) server.Http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

        foreach (var path in new[] { "/sdapi/v1/samplers", "/internal/ping", "/sd_extra_networks/metadata", "/lorabridge/v1/health" })
        {
            using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative));

            Assert.Equal(status, answer.StatusCode);
            Assert.Contains(detail, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ann:")]
    [InlineData(":x")]
    [InlineData("ann:a:b")]
    [InlineData("ann:a,bob")]
    [InlineData(",")]
    public void Auth_NoPair_SaysHow(string text) => Assert.Contains("user:password", Assert.Throws<FormatException>(() => ApiAuth.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Errors_OfPathsAndMethods_AreTheFrameworks()
    {
        var server = shared.Fresh();

        using var unknown = await server.Http.GetAsync(new Uri("/sdapi/v1/nothing", UriKind.Relative));
        using var head = await server.Http.SendAsync(new(HttpMethod.Head, "/sdapi/v1/samplers"));
        using var ours = await server.Http.GetAsync(new Uri("/lorabridge/v1/nothing", UriKind.Relative));

        Assert.Equal((HttpStatusCode.NotFound, """{"detail":"Not Found"}"""), (unknown.StatusCode, await unknown.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, head.StatusCode);
        Assert.Equal("application/problem+json", ours.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/sdapi/v1/samplers/", "/sdapi/v1/samplers")]
    [InlineData("/sdapi/v1/progress/?skip_current_image=true", "/sdapi/v1/progress?skip_current_image=true")]
    [InlineData("/internal/ping/", "/internal/ping")]
    public async Task Path_WithASlashTooMany_IsSentOn(string path, string expected)
    {
        var server = shared.Fresh();

        using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
        Assert.Equal(expected, answer.Headers.Location!.PathAndQuery);
    }

    [Fact]
    public async Task Answer_OfAThousandBytes_IsPackedForWhoAllowsIt()
    {
        var server = shared.Fresh();
        var plain = await server.Http.GetStringAsync(new Uri("/sdapi/v1/samplers", UriKind.Relative));
        server.Http.DefaultRequestHeaders.AcceptEncoding.Add(new("gzip"));

        using var large = await server.Http.GetAsync(new Uri("/sdapi/v1/samplers", UriKind.Relative));
        using var small = await server.Http.GetAsync(new Uri("/internal/ping", UriKind.Relative));
        await using var unpacked = new GZipStream(await large.Content.ReadAsStreamAsync(), CompressionMode.Decompress);

        Assert.Equal(plain, await new StreamReader(unpacked).ReadToEndAsync());
        Assert.Equal(["gzip"], large.Content.Headers.ContentEncoding);
        Assert.Empty(small.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("http://a.example", true)]
    [InlineData("http://b.example:7860", true)]
    [InlineData("http://b.example:78600", false)]
    [InlineData("http://c.example", false)]
    public async Task Cors_OfListedOrigins_IsAllowedWithCredentials(string origin, bool allowed)
    {
        await using var server = await SdapiServer.StartAsync(new() { CorsOrigins = ["http://a.example"], CorsPattern = @"http://b\.example:\d{4}", Auth = ApiAuth.Parse("a:b") });
        var question = new HttpRequestMessage(HttpMethod.Options, "/sdapi/v1/txt2img") { Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "x-own" } } };

        using var answer = await server.Http.SendAsync(question);

        Assert.Equal(allowed, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) && origins.Single() == origin);
        Assert.Equal(allowed, answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Cors_WithoutSettings_AllowsNobody()
    {
        var server = shared.Fresh();
        server.Http.DefaultRequestHeaders.Add("Origin", "http://a.example");

        using var answer = await server.Http.GetAsync(new Uri("/internal/ping", UriKind.Relative));

        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("application/json", 200)]
    [InlineData("application/json; charset=utf-8", 200)]
    [InlineData("application/vnd.x+json", 200)]
    [InlineData(null, 200)]
    [InlineData("text/plain", 422)]
    [InlineData("application/x-www-form-urlencoded", 422)]
    public async Task Body_OfAnotherType_IsNoObject(string? type, int status)
    {
        var server = shared.Fresh();
        var content = new ByteArrayContent("{}"u8.ToArray());
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        using var answer = await server.Http.PostAsync(new Uri("/internal/progress", UriKind.Relative), content);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Error_OfAHandler_HasTheWrappersFourFields()
    {
        await using var server = await SdapiServer.StartAsync();

        var refused = await server.PostAsync("/sdapi/v1/img2img", new { }, HttpStatusCode.NotFound);
        var failed = await server.PostAsync("/sdapi/v1/options", new { no_such_key = 1 }, HttpStatusCode.InternalServerError);
        server.Engine.Work = (_, _) => throw new InvalidOperationException("it broke");
        var crashed = await server.PostAsync("/sdapi/v1/txt2img", new { }, HttpStatusCode.InternalServerError);
        server.Engine.Work = (_, _) => throw new EngineException(EngineErrorKind.OutOfMemory, "too large");
        var full = await server.PostAsync("/sdapi/v1/txt2img", new { }, HttpStatusCode.InternalServerError);

        Assert.Equal("""{"error":"HTTPException","detail":"Init image not found","body":"","errors":""}""", refused.GetRawText());
        Assert.Equal("""{"error":"KeyError","detail":"","body":"","errors":"'no_such_key'"}""", failed.GetRawText());
        Assert.Equal("""{"error":"InvalidOperationException","detail":"","body":"","errors":"it broke"}""", crashed.GetRawText());
        Assert.Equal("""{"error":"OutOfMemoryError","detail":"","body":"","errors":"too large"}""", full.GetRawText());
    }

    [Theory]
    [InlineData("é\n漢 😀", "\"\\u00e9\\n\\u6f22 \\uD83D\\uDE00\"")]
    [InlineData("a<b>&'+", "\"a<b>&'+\"")]
    public void Ascii_Text_EscapesWhatPythonEscapes(string text, string expected)
    {
        Assert.Equal(expected, LoraBridge.Server.Sdapi.Wire.SdapiJson.Ascii(text));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(expected));
    }

    [Theory]
    [InlineData(7.0, "7.0")]
    [InlineData(0.75, "0.75")]
    [InlineData(-1.0, "-1.0")]
    [InlineData(double.NaN, "null")]
    public void Float_AsPythonWritesIt(double number, string expected) =>
        Assert.Equal(expected, JsonSerializer.Serialize(number, LoraBridge.Server.Sdapi.Wire.SdapiJson.Options));
}
