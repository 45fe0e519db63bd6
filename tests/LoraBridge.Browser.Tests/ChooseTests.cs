using System.Text.Json.Nodes;

namespace LoraBridge.Browser.Tests;

/// <summary>From what a training saved to the one that is kept.</summary>
[Collection(Browser.Name)]
public sealed class ChooseTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task WhatATrainingSaved_IsDrawnCompared_AndOneOfItKept()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "choose");
        var page = tab.Page;
        await Expect(page.GetByText("No training yet")).ToBeVisibleAsync();
        var (_, folder) = await _server.MakeDatasetAsync("outlines", 12);
        var id = await _server.TrainAsync("ink style", folder, 3, new() { ["saving.everyEpochs"] = 1, ["captions.triggerWord"] = "outline drawing" });
        await _server.UntilAsync(id, "finished");
        await page.ReloadAsync();

        // all that was saved, with what is known of it
        await Expect(page.Locator(".checks input")).ToHaveCountAsync(3);
        await Expect(page.Locator(".checks")).ToContainTextAsync("epoch 2 · step 12 · loss");
        await Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Prompt", Exact = true })).ToHaveValueAsync("outline drawing");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Prompt", Exact = true }).FillAsync("red apple");
        await page.Locator(".checks input").Nth(1).UncheckAsync();
        await tab.Field("Weights").FillAsync("0.5; one");
        await Expect(page.GetByText("Write numbers with commas between them.")).ToBeVisibleAsync();
        await tab.Field("Weights").FillAsync("0.5, 1");
        await tab.Field("Seeds").FillAsync("7, 8");
        await page.GetByText("Picture settings").ClickAsync();
        await tab.SetNumberAsync("Steps", 12);
        await tab.AssertAccessibleAsync();
        await page.GetByText("Picture settings").ClickAsync();

        // a row for every result, a column for every weight, a table for every seed
        await tab.Button("Draw 8 pictures").ClickAsync();
        await Expect(page.Locator(".sheet img")).ToHaveCountAsync(4, new() { Timeout = 60_000 });
        await page.GetByRole(AriaRole.Radio, new() { Name = "Seed 8" }).CheckAsync();
        await Expect(page.Locator(".sheet img").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await page.Locator(".sheet button").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        var handle = page.GetByRole(AriaRole.Slider, new() { Name = "How much is seen of ink_style-000001 at 0.5 and of ink_style at 1" });
        await handle.FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(handle).ToHaveValueAsync("100");
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("choose", whole: true);

        // nothing is drawn again after a reload
        await page.ReloadAsync();
        await Expect(page.Locator(".sheet img")).ToHaveCountAsync(4);
        Assert.Equal(2, (await _server.GetAsync("jobs?kind=grid"))["jobs"]!.AsArray().Count);

        // the file, its notes, its picture
        await page.Locator(".sheet button").Nth(3).ClickAsync();
        await tab.Button("Keep ink_style at 1").ClickAsync();
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("choose-keep");
        await tab.Field("Name").FillAsync("my-style");
        await tab.Field("Preferred weight").FillAsync("0.9");
        await tab.Button("Keep this one").ClickAsync();
        await Expect(page.GetByText("my-style is kept, and prompts may name it.")).ToBeVisibleAsync();
        var kept = await _server.GetAsync("adapters/my-style");
        Assert.Equal(0.9, kept["card"]!["preferredWeight"]!.GetValue<double>());
        Assert.Equal("outline drawing", kept["card"]!["activationText"]!.GetValue<string>());
        Assert.NotNull(kept["preview"]);

        // the same name again is asked about, not lost
        await tab.Button("Keep ink_style at 1").ClickAsync();
        await tab.Field("Name").FillAsync("my-style");
        await tab.Button("Keep this one").ClickAsync();
        await tab.Button("Replace it").ClickAsync();
        await Expect(page.GetByText("my-style is kept, and prompts may name it.")).ToHaveCountAsync(2);
        tab.AssertQuiet("409");
    }

    [Fact]
    public async Task ATraining_WithNothingSaved_SaysWhere_OnAPhoneToo()
    {
        var (_, folder) = await _server.MakeDatasetAsync("outlines");
        var id = await _server.TrainAsync("long", folder, 3000, new JsonObject());
        await using var tab = await Tab.OpenAsync(browser, _server, $"choose/{id}", width: 360, dark: true);
        await tab.UntilAsync(async () => (await _server.GetAsync($"jobs/{id}"))["startedAt"] is not null);
        await tab.Page.ReloadAsync();
        await Expect(tab.Page.GetByText("Nothing is saved yet")).ToBeVisibleAsync();
        await tab.AssertAccessibleAsync();
        tab.AssertQuiet();
    }
}
