using System.Text.RegularExpressions;

namespace LoraBridge.Browser.Tests;

/// <summary>From words to pictures, and from pictures back to their settings.</summary>
[Collection(Browser.Name)]
public sealed class GenerateTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task APrompt_WithAnAdapter_BecomesPictures_WhoseSettingsCanBeUsedAgain()
    {
        TestAdapters.AddTwo(_server);
        await _server.UntilAdaptersAsync(2);
        await using var tab = await Tab.OpenAsync(browser, _server, "generate");
        var page = tab.Page;
        await tab.Field("Prompt").FillAsync("fox face");
        await tab.Field("Add a LoRA to the prompt").FillAsync("outline");
        await page.GetByRole(AriaRole.Option, new() { Name = "outline" }).ClickAsync();
        await Expect(tab.Field("Prompt")).ToHaveValueAsync("fox face, <lora:outline:1>");
        await page.GetByRole(AriaRole.Spinbutton, new() { Name = "Weight of outline" }).FillAsync("0.6");
        await page.GetByRole(AriaRole.Spinbutton, new() { Name = "Weight of outline" }).PressAsync("Tab");
        await Expect(tab.Field("Prompt")).ToHaveValueAsync("fox face, <lora:outline:0.6>");
        await tab.SetNumberAsync("Steps", 12);
        await tab.SetNumberAsync("Prompt strength (CFG)", 3);
        await tab.SetNumberAsync("Pictures in a batch", 2);
        await tab.Field("Seed").FillAsync("5");
        await tab.Field("Seed").PressAsync("Tab");
        await tab.AssertAccessibleAsync();
        await tab.Field("Prompt").PressAsync("Control+Enter");
        await Expect(page.Locator(".gallery img")).ToHaveCountAsync(2, new() { Timeout = 60_000 });
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("generate");

        // nothing of the form is lost on reload
        await page.ReloadAsync();
        await Expect(tab.Field("Prompt")).ToHaveValueAsync("fox face, <lora:outline:0.6>");
        await Expect(tab.Field("Seed")).ToHaveValueAsync("5");

        // a long one is seen on its way and can be stopped
        await tab.SetNumberAsync("Pictures in a batch", 1);
        await tab.SetNumberAsync("Steps", 150);
        await tab.Button("Draw").ClickAsync();
        await Expect(page.Locator(".frame img")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await tab.Button("Stop").ClickAsync();
        await Expect(page.Locator(".gallery img")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        await Expect(tab.Button("Draw")).ToBeEnabledAsync();

        // a picture's settings, from the gallery and from a file
        await tab.Field("Prompt").FillAsync("something else");
        await page.Locator(".gallery button").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Steps: 150");
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("generate-picture");
        var file = await page.RunAndWaitForDownloadAsync(() => tab.Button("Download").ClickAsync());
        var path = await file.PathAsync();
        await tab.Button("Cover of its LoRA").ClickAsync();
        await Expect(page.GetByText("It is the cover of outline now.")).ToBeVisibleAsync();
        Assert.NotNull((await _server.GetAsync("adapters/outline"))["preview"]);
        await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "5.png", MimeType = "image/png", Buffer = await File.ReadAllBytesAsync(path) });
        await Expect(tab.Field("Prompt")).ToHaveValueAsync("fox face, <lora:outline:0.6>");
        await Expect(page.GetByRole(AriaRole.Spinbutton, new() { Name = "Steps" })).ToHaveValueAsync("150");
        await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "plain.png", MimeType = "image/png", Buffer = TestPictures.Png(1) });
        await Expect(page.GetByText("plain.png does not say how it was made.")).ToBeVisibleAsync();
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Generate_IsUsable_OnAPhone()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "generate", width: 360, dark: true, language: "zh-CN");
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("生成");
        await tab.AssertAccessibleAsync();
        await tab.Page.GetByRole(AriaRole.Spinbutton, new() { Name = "步数" }).FillAsync("0");
        await tab.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^绘制$") }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "steps" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await tab.ShowAsync("generate-360", whole: true);
        tab.AssertQuiet("422", "500");
    }

    [Fact]
    public async Task Size_IsTheModels_UntilAnotherIsChosen()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "generate");
        await Expect(tab.Field("Width")).ToHaveValueAsync("128");
        var folder = Directory.CreateDirectory(Path.Combine(_server.Data, "checkpoints")).FullName;
        TestAdapters.WriteHeader(Path.Combine(folder, "tall.safetensors"), """{"modelspec.resolution":"128x192"}""", "first_stage_model.x");
        await _server.GetAsync("choices?refresh=true");
        await tab.Page.ReloadAsync();
        await Expect(tab.Field("Height")).ToHaveValueAsync("192");
        await tab.Page.GetByText("More", new() { Exact = true }).Last.ClickAsync();
        await tab.Field("Model").SelectOptionAsync(new SelectOptionValue { Label = "lorabridge-emoji" });
        await Expect(tab.Field("Width")).ToHaveValueAsync("128");
        await Expect(tab.Field("Height")).ToHaveValueAsync("128");

        // one that somebody chose stays
        await tab.SetNumberAsync("Width", 256);
        await tab.Field("Model").SelectOptionAsync(new SelectOptionValue { Index = 0 });
        await Expect(tab.Field("Width")).ToHaveValueAsync("256");
        tab.AssertQuiet();
    }
}
