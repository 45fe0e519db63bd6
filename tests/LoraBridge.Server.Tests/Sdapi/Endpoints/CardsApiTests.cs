using System.Net;
using System.Text.Json;

namespace LoraBridge.Server.Tests.Sdapi.Endpoints;

public sealed class CardsApiTests
{
    private static readonly byte[] s_png = DrawnEngine.Png(4, 4, 9);

    [Fact]
    public async Task Thumb_BesideAnAdapter_IsSent()
    {
        await using var server = await StartAsync();

        using var answer = await server.Http.GetAsync(Thumb(Path.Combine(server.WebUi, "models", "Lora", "one.png")));

        Assert.Equal((HttpStatusCode.OK, "image/png"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(s_png, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Thumb_OfAnythingElse_IsNotFound()
    {
        await using var server = await StartAsync();
        var loras = Path.Combine(server.WebUi, "models", "Lora");
        File.WriteAllBytes(Path.Combine(server.WebUi, "secret.png"), s_png);
        Directory.CreateDirectory(loras + "-2");
        File.WriteAllBytes(Path.Combine(loras + "-2", "x.png"), s_png);

        foreach (var path in new[]
        {
            Path.Combine(loras, "one.safetensors"), Path.Combine(loras, "..", "..", "secret.png"), Path.Combine(server.WebUi, "secret.png"),
            Path.Combine(loras + "-2", "x.png"), Path.Combine(loras, "gone.png"), "one.png", "", "/etc/passwd", loras + "/one.png\0.png",
        })
        {
            using var answer = await server.Http.GetAsync(Thumb(path));
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Metadata_OfAnAdapter_IsIndentedTextWithoutItsCovers()
    {
        await using var server = await StartAsync();

        var metadata = (await server.GetAsync("/sd_extra_networks/metadata?page=lora&item=one")).GetProperty("metadata").GetString();

        Assert.Equal("{\n    \"author\": \"é\"\n}", metadata);
        Assert.Equal("{}", (await server.GetAsync("/sd_extra_networks/metadata?page=checkpoints&item=one")).GetRawText());
        Assert.Equal("{}", (await server.GetAsync("/sd_extra_networks/metadata?page=lora&item=../one")).GetRawText());
    }

    [Theory]
    [InlineData("one", "0", HttpStatusCode.OK)]
    [InlineData("one", "1", HttpStatusCode.NotFound)]
    [InlineData("one", "2", HttpStatusCode.NotFound)]
    [InlineData("one", "-1", HttpStatusCode.NotFound)]
    [InlineData("two", "0", HttpStatusCode.NotFound)]
    [InlineData("one", "x", HttpStatusCode.UnprocessableEntity)]
    public async Task Cover_ByItsIndex_IsSent(string item, string index, HttpStatusCode status)
    {
        await using var server = await StartAsync();

        using var answer = await server.Http.GetAsync(new Uri($"/sd_extra_networks/cover-images?page=lora&item={item}&index={index}", UriKind.Relative));

        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.OK) Assert.Equal(s_png, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Card_OfAnAdapter_EscapesItsTexts()
    {
        await using var server = await StartAsync();

        var html = (await server.GetAsync("/sd_extra_networks/get-single-card?page=lora&tabname=txt2img&name=one")).GetProperty("html").GetString()!;

        Assert.Contains("data-name=\"one\"", html, StringComparison.Ordinal);
        Assert.Contains("&lt;lora:one:0.5&gt; ink &amp; &lt;b&gt;", html, StringComparison.Ordinal);
        Assert.Contains("thumb?filename=", html, StringComparison.Ordinal);
    }

    private static Task<SdapiServer> StartAsync() => SdapiServer.StartAsync(prepare: webUi =>
    {
        var loras = Path.Combine(webUi, "models", "Lora");
        Directory.CreateDirectory(loras);
        var covers = JsonSerializer.Serialize(new[] { Convert.ToBase64String(s_png), "no picture" });
        foreach (var name in new[] { "one", "two" })
        {
            Safetensors.Write(
                Path.Combine(loras, name + ".safetensors"),
                new() { ["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"] = [4, 8], ["lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"] = [8, 4] },
                name == "one" ? new() { ["ssmd_cover_images"] = covers, ["author"] = "é" } : null);
        }
        File.WriteAllBytes(Path.Combine(loras, "one.png"), s_png);
        File.WriteAllText(Path.Combine(loras, "one.json"), """{"activation text":"ink & <b>","preferred weight":0.5}""");
    });

    private static Uri Thumb(string path) => new($"/sd_extra_networks/thumb?filename={Uri.EscapeDataString(path)}", UriKind.Relative);
}
