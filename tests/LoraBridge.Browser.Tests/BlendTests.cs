namespace LoraBridge.Browser.Tests;

/// <summary>From two adapters to a blend that is seen, kept, sent and baked.</summary>
[Collection(Browser.Name)]
public sealed class BlendTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task TwoAdapters_AreMixedSeenSavedSentAndBaked()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "blend");
        var page = tab.Page;
        await Expect(page.GetByText("No LoRA yet")).ToBeVisibleAsync();
        TestAdapters.AddTwo(_server);
        await _server.UntilAdaptersAsync(2);
        await page.ReloadAsync();

        // few steps, so that it is quick here too
        await page.GetByText("Picture settings").ClickAsync();
        await tab.SetNumberAsync("Steps", 12);
        await tab.SetNumberAsync("Prompt strength (CFG)", 3);
        await page.GetByText("Picture settings").ClickAsync();

        await tab.Field("Prompt").FillAsync("red apple");

        // found and added with the keyboard alone; the picture comes by itself, first roughly, then sharp
        await tab.Field("Add a LoRA").FillAsync("outl");
        await Expect(page.Locator(".found [role=option]")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Slider, new() { Name = "Weight", Exact = true })).ToBeFocusedAsync();
        var picture = page.Locator(".frame img");
        await Expect(picture).ToHaveAttributeAsync("alt", "Blend of outline 1", new() { Timeout = 60_000 });
        await Expect(page.Locator(".blend-picture")).ToContainTextAsync("128 × 128, 12 steps, seed 1", new() { Timeout = 60_000 });
        var first = await picture.GetAttributeAsync("src");
        await tab.Field("Add a LoRA").ClickAsync();
        await page.GetByRole(AriaRole.Option, new() { Name = "pixels" }).ClickAsync();
        await tab.AssertAccessibleAsync();

        // a slider's move draws anew; the picture before can be kept to compare
        var pixels = page.Locator(".blend-row").Filter(new() { HasText = "pixels" });
        await pixels.GetByRole(AriaRole.Spinbutton, new() { Name = "Weight", Exact = true }).FillAsync("0.5");
        await pixels.GetByRole(AriaRole.Spinbutton, new() { Name = "Weight", Exact = true }).PressAsync("Tab");
        await Expect(picture).ToHaveAttributeAsync("alt", "Blend of outline 1, pixels 0.5");
        await Expect(page.Locator(".blend-picture")).ToContainTextAsync("12 steps");
        Assert.NotEqual(first, await picture.GetAttributeAsync("src"));
        await tab.Button("Compare").ClickAsync();
        await pixels.GetByText("Fine tuning").ClickAsync();
        await pixels.GetByText("Weights by block").ClickAsync();
        await pixels.GetByRole(AriaRole.Combobox).SelectOptionAsync("OUTALL");
        await Expect(page.GetByRole(AriaRole.Slider, new() { Name = "How much is seen of Before and of Now" })).ToBeVisibleAsync();
        await pixels.GetByRole(AriaRole.Combobox).SelectOptionAsync("ALL");
        await pixels.GetByRole(AriaRole.Radio, new() { Name = "Each block" }).CheckAsync();
        await pixels.GetByRole(AriaRole.Slider, new() { Name = "Block M00" }).FillAsync("0.5");
        await Expect(pixels.GetByRole(AriaRole.Textbox, new() { Name = "Block weights as text" })).ToHaveValueAsync("1,1,1,1,1,1,1,1,1,1,1,1,1,0.5,1,1,1,1,1,1,1,1,1,1,1,1");
        await tab.AssertAccessibleAsync();
        await Expect(page.Locator(".blend-picture")).ToContainTextAsync("12 steps");
        await tab.ShowAsync("blend", whole: true);

        // saved; a change that was made elsewhere meanwhile is not overwritten without a word
        await tab.Button("Save").ClickAsync();
        await tab.Field("Name").FillAsync("outline and pixels");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("outline and pixels is saved.")).ToBeVisibleAsync();
        var saved = (await _server.GetAsync("blends"))["blends"]![0]!;
        Assert.Equal(0.5, saved["recipe"]!["adapters"]![1]!["weight"]!.GetValue<double>());
        await _server.PutAsync($"blends/{saved["id"]}?version={saved["version"]}", saved["recipe"]!.DeepClone());
        await tab.Button("Save").ClickAsync();
        await Expect(page.GetByText("It was changed elsewhere")).ToBeVisibleAsync();
        await tab.Button("Replace it").ClickAsync();
        await Expect(page.GetByText("outline and pixels is saved.")).ToHaveCountAsync(2);

        // nothing is lost on reload
        await page.ReloadAsync();
        await Expect(page.Locator(".blend-row")).ToHaveCountAsync(2);
        await Expect(page.Locator(".heading .badge")).ToHaveTextAsync("outline and pixels");

        // a grid of both weights, and what was best in it is taken
        await page.GetByText("Grid of weights").ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Values" }).First.FillAsync("0.25, 0.75");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Values" }).Last.FillAsync("0 1");
        await tab.Button("Draw the grid").ClickAsync();
        await Expect(page.Locator(".sheet img")).ToHaveCountAsync(4, new() { Timeout = 60_000 });
        await page.Locator(".sheet button").Nth(1).ClickAsync();
        await tab.AssertAccessibleAsync();
        await tab.Button("Use outline 0.75, pixels 0").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Spinbutton, new() { Name = "Weight", Exact = true }).First).ToHaveValueAsync("0.75");

        // one file of it
        await tab.Button("More").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Bake into one file" }).ClickAsync();
        await tab.Field("Name of the new file").FillAsync("apple-pen");
        await tab.AssertAccessibleAsync();
        await tab.Button("Bake").ClickAsync();
        await Expect(page.GetByText("apple-pen is ready, and prompts may name it.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.Equal("apple-pen", (await _server.GetAsync("adapters/apple-pen"))["name"]!.GetValue<string>());

        // what stands around the page gets the tags; where nothing does, this page's own form
        await page.EvaluateAsync("document.addEventListener('lorabridge-send', event => { event.preventDefault(); window.sent = event.detail; }, { once: true })");
        await tab.Button("Send to txt2img").ClickAsync();
        await Expect(page.GetByText("It is in the prompt of txt2img.")).ToBeVisibleAsync();
        Assert.Contains("<lora:outline:0.75>", await page.EvaluateAsync<string>("window.sent.text"), StringComparison.Ordinal);
        await tab.Button("Send to txt2img").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Generate");
        await Expect(tab.Field("Prompt")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("<lora:outline:0.75>"));
        tab.AssertQuiet("412", "ERR_ABORTED", "409");
    }

    [Fact]
    public async Task APrompt_BecomesSliders_OnAPhoneToo()
    {
        TestAdapters.AddTwo(_server);
        await _server.UntilAdaptersAsync(2);
        await using var tab = await Tab.OpenAsync(browser, _server, "blend", width: 360, dark: true);
        var page = tab.Page;
        await page.GetByText("Draw while I change things").ClickAsync();
        await tab.Button("More").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Read from a prompt" }).ClickAsync();
        await tab.Field("Prompt or infotext").FillAsync("fox face <lora:outline:0.4:0.6> <lora:pixel:1>");
        await tab.Button("Apply").ClickAsync();
        await Expect(page.Locator(".blend-row")).ToHaveCountAsync(2);
        await Expect(page.GetByRole(AriaRole.Spinbutton, new() { Name = "Text weight" }).First).ToHaveValueAsync("0.4");
        await Expect(page.GetByText("Perhaps pixels is meant.")).ToBeVisibleAsync();
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("blend-360", whole: true);
        tab.AssertQuiet("404");
    }
}
