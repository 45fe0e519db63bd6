using System.Net;
using System.Text;
using System.Text.Json;
using LoraBridge.Server.Safety;
using Microsoft.AspNetCore.Routing;

namespace LoraBridge.Server.Tests.Sdapi.Endpoints;

/// <summary>Every route of the WebUI's: it is there, answers JSON to what old clients send, and is closed where a password is asked for.</summary>
public sealed class ContractTests(SharedSdapi shared) : IClassFixture<SharedSdapi>
{
    private const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC";

    // method, path, body, status, a member that the answer has ("null", "{}", "[]" for those bodies; "text" for none of JSON)
    private static readonly (string Method, string Path, string? Body, int Status, string Has)[] s_routes =
    [
        ("POST", "/sdapi/v1/txt2img", """{"width":64,"height":64,"steps":3}""", 200, "images"),
        ("POST", "/sdapi/v1/img2img", $$"""{"width":64,"height":64,"steps":3,"init_images":["{{Picture}}"]}""", 200, "images"),
        ("POST", "/sdapi/v1/extra-single-image", $$"""{"image":"{{Picture}}"}""", 200, "html_info"),
        ("POST", "/sdapi/v1/extra-batch-images", $$"""{"imageList":[{"data":"{{Picture}}","name":"a.png"}]}""", 200, "images"),
        ("POST", "/sdapi/v1/png-info", $$"""{"image":"{{Picture}}"}""", 200, "parameters"),
        ("GET", "/sdapi/v1/progress", null, 200, "eta_relative"),
        ("POST", "/sdapi/v1/interrupt", null, 200, "{}"),
        ("POST", "/sdapi/v1/skip", null, 200, "null"),
        ("GET", "/sdapi/v1/options", null, 200, "sd_model_checkpoint"),
        ("POST", "/sdapi/v1/options", "{}", 200, "null"),
        ("GET", "/sdapi/v1/cmd-flags", null, 200, "lora_dir"),
        ("GET", "/sdapi/v1/samplers", null, 200, "[0].aliases"),
        ("GET", "/sdapi/v1/schedulers", null, 200, "[0].need_inner_model"),
        ("GET", "/sdapi/v1/upscalers", null, 200, "[0].model_url"),
        ("GET", "/sdapi/v1/latent-upscale-modes", null, 200, "[0].name"),
        ("GET", "/sdapi/v1/sd-models", null, 200, "[0].model_name"),
        ("GET", "/sdapi/v1/sd-vae", null, 200, "[]"),
        ("GET", "/sdapi/v1/hypernetworks", null, 200, "[]"),
        ("GET", "/sdapi/v1/face-restorers", null, 200, "[]"),
        ("GET", "/sdapi/v1/realesrgan-models", null, 200, "[]"),
        ("GET", "/sdapi/v1/prompt-styles", null, 200, "[]"),
        ("GET", "/sdapi/v1/embeddings", null, 200, "skipped"),
        ("POST", "/sdapi/v1/refresh-embeddings", null, 200, "null"),
        ("POST", "/sdapi/v1/refresh-checkpoints", null, 200, "null"),
        ("POST", "/sdapi/v1/refresh-vae", null, 200, "null"),
        ("GET", "/sdapi/v1/loras", null, 200, "[]"),
        ("POST", "/sdapi/v1/refresh-loras", null, 200, "null"),
        ("POST", "/sdapi/v1/interrogate", $$"""{"image":"{{Picture}}"}""", 200, "caption"),
        ("GET", "/sdapi/v1/memory", null, 200, "ram"),
        ("POST", "/sdapi/v1/unload-checkpoint", null, 200, "{}"),
        ("POST", "/sdapi/v1/reload-checkpoint", null, 200, "{}"),
        ("GET", "/sdapi/v1/scripts", null, 200, "txt2img"),
        ("GET", "/sdapi/v1/script-info", null, 200, "[0].is_alwayson"),
        ("GET", "/sdapi/v1/extensions", null, 200, "[]"),
        ("POST", "/sdapi/v1/create/embedding", """{"name":"x"}""", 200, "info"),
        ("POST", "/sdapi/v1/create/hypernetwork", """{"name":"x"}""", 200, "info"),
        ("POST", "/sdapi/v1/train/embedding", "{}", 200, "info"),
        ("POST", "/sdapi/v1/train/hypernetwork", "{}", 200, "info"),
        ("POST", "/sdapi/v1/server-restart", null, 501, "text"),
        ("POST", "/internal/progress", "{}", 200, "id_live_preview"),
        ("GET", "/internal/pending-tasks", null, 200, "tasks"),
        ("GET", "/internal/ping", null, 200, "{}"),
        ("GET", "/internal/quicksettings-hint", null, 200, "[0].label"),
        ("GET", "/internal/profile-startup", null, 200, "total"),
        ("GET", "/internal/sysinfo", null, 200, "text"),
        ("GET", "/internal/sysinfo-download", null, 200, "text"),
        ("GET", "/sd_extra_networks/thumb?filename=x.png", null, 404, "detail"),
        ("GET", "/sd_extra_networks/cover-images?page=lora&item=x&index=0", null, 404, "detail"),
        ("GET", "/sd_extra_networks/metadata?page=lora&item=x", null, 200, "{}"),
        ("GET", "/sd_extra_networks/get-single-card?page=lora&tabname=t&name=x", null, 200, "{}"),
        // last, for they end the server
        ("POST", "/sdapi/v1/server-stop", null, 200, "text"),
        ("POST", "/sdapi/v1/server-kill", null, 200, "text"),
    ];

    private static readonly string[] s_theirs = ["/sdapi", "/internal", "/sd_extra_networks"];

    [Fact]
    public async Task Routes_AreTheFiftyTwoOfTheContract()
    {
        await using var server = await SdapiServer.StartAsync(new() { AllowStop = true });

        var mapped = server.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => s_theirs.Any(prefix => endpoint.RoutePattern.RawText!.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single()} {endpoint.RoutePattern.RawText}");

        Assert.Equal(52, s_routes.Length);
        Assert.Equal(s_routes.Select(route => $"{route.Method} {route.Path.Split('?')[0]}").Order(), mapped.Order());
    }

    [Fact]
    public async Task Route_WhatOldClientsSend_IsAnswered()
    {
        await using var server = await SdapiServer.StartAsync(new() { AllowStop = true });

        foreach (var route in s_routes[..^1])
        {
            using var answer = await server.Http.SendAsync(Message(route.Method, route.Path, route.Body));
            var text = await answer.Content.ReadAsStringAsync();

            Assert.True(route.Status == (int)answer.StatusCode, $"{route.Path}: {(int)answer.StatusCode} {text}");
            Assert.True(Has(text, route.Has), $"{route.Path}: no {route.Has} in {text}");
            Assert.True(answer.Headers.Contains("X-Process-Time"), route.Path);
        }
    }

    [Fact]
    public async Task Route_WithoutAPassword_IsClosed()
    {
        await using var server = await SdapiServer.StartAsync(new() { AllowStop = true, Auth = ApiAuth.Parse("ann:secret") });

        foreach (var route in s_routes)
        {
            using var answer = await server.Http.SendAsync(Message(route.Method, route.Path, route.Body));

            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{route.Path}: {answer.StatusCode}");
            Assert.Equal("Basic", answer.Headers.WwwAuthenticate.ToString());
            Assert.Equal("Not authenticated", JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("detail").GetString());
        }
    }

    [Fact]
    public async Task Route_OfTheOtherMethod_Is405()
    {
        await using var server = await SdapiServer.StartAsync(new() { AllowStop = true });

        foreach (var route in s_routes.Where(route => route.Path != "/sdapi/v1/options"))
        {
            var path = route.Path.Split('?')[0];
            if (path is "/sdapi/v1/progress") continue;
            using var answer = await server.Http.SendAsync(Message(route.Method == "GET" ? "POST" : "GET", path, null));

            Assert.True(answer.StatusCode == HttpStatusCode.MethodNotAllowed, $"{path}: {answer.StatusCode}");
            Assert.Equal("""{"detail":"Method Not Allowed"}""", await answer.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("/sdapi/v1/txt2img")]
    [InlineData("/sdapi/v1/img2img")]
    [InlineData("/sdapi/v1/extra-single-image")]
    [InlineData("/sdapi/v1/extra-batch-images")]
    [InlineData("/sdapi/v1/png-info")]
    [InlineData("/sdapi/v1/options")]
    [InlineData("/sdapi/v1/interrogate")]
    [InlineData("/sdapi/v1/create/embedding")]
    [InlineData("/internal/progress")]
    public async Task Body_ThatIsMissingOrNone_Is422(string path)
    {
        var server = shared.Fresh();

        foreach (var (body, loc, type) in new[] { ("", "body", "value_error.missing"), ("null", "body", "value_error.missing"), ("[1]", "body", "type_error.dict"), ("{oops", "body,1", "value_error.jsondecode") })
        {
            using var answer = await server.Http.SendAsync(Message("POST", path, body));
            var text = await answer.Content.ReadAsStringAsync();

            Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, text);
            var fault = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("detail")[0];
            Assert.Equal((loc, type), (string.Join(',', fault.GetProperty("loc").EnumerateArray()), fault.GetProperty("type").GetString()));
        }
    }

    private static HttpRequestMessage Message(string method, string path, string? body) =>
        new(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };

    private static bool Has(string text, string what)
    {
        if (what == "text") return true;
        var json = JsonSerializer.Deserialize<JsonElement>(text);
        if (what is "null" or "{}" or "[]") return text == what;
        if (!what.StartsWith("[0].", StringComparison.Ordinal)) return json.TryGetProperty(what, out _);
        return json[0].TryGetProperty(what[4..], out _);
    }
}
