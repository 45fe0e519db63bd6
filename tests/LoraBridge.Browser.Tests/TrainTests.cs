using System.Text.RegularExpressions;

namespace LoraBridge.Browser.Tests;

/// <summary>From pictures to a training, with what it takes known before.</summary>
[Collection(Browser.Name)]
public sealed class TrainTests(Browser browser) : IAsyncLifetime
{
    // what a tutorial's file says, so that the tiny model learns in seconds
    private const string Foreign = """
        resolution = 64
        max_train_epochs = 2
        train_batch_size = 2
        network_dim = 4
        lr_warmup_steps = 0
        min_bucket_reso = 64
        no_such_thing = 1
        """;

    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task AFewFields_AndAForeignFile_MakeATraining()
    {
        await _server.MakeDatasetAsync("outlines");
        await using var tab = await Tab.OpenAsync(browser, _server, "train");
        var page = tab.Page;
        await tab.Field("Trigger word").FillAsync("sks");
        await page.GetByRole(AriaRole.Radio, new() { Name = "Quick" }).CheckAsync();
        await Expect(page.GetByText("It fits.", new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = 60_000 });        // the engine starts
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("train");

        // settings of another trainer: what is known is taken, what is not is named
        await tab.Button("Import settings").ClickAsync();
        await tab.Field("Settings").FillAsync(Foreign);
        await tab.Button("Read").ClickAsync();
        await Expect(page.GetByText("no_such_thing").Last).ToBeVisibleAsync();
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("train-import");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Take \\d+ settings") }).ClickAsync();
        await Expect(page.Locator(".facts")).ToContainTextAsync("Epochs2");

        // one of the many settings, found by the word that another trainer has for it
        await page.GetByPlaceholder("Search all settings").FillAsync("network_dim");
        var rank = page.Locator("[data-path='network.rank']");
        await Expect(rank.GetByRole(AriaRole.Textbox)).ToHaveValueAsync("4");
        await rank.GetByRole(AriaRole.Textbox).FillAsync("0");
        await rank.GetByRole(AriaRole.Textbox).PressAsync("Tab");
        await Expect(rank.Locator(".fault")).ToContainTextAsync("from 1 to 4096");
        await tab.AssertAccessibleAsync();
        await rank.GetByRole(AriaRole.Textbox).FillAsync("3");
        await rank.GetByRole(AriaRole.Textbox).PressAsync("Tab");
        await Expect(rank.Locator(".fault")).ToBeHiddenAsync();
        await page.GetByPlaceholder("Search all settings").FillAsync("samples.steps");
        await page.Locator("[data-path='samples.steps']").GetByRole(AriaRole.Textbox).FillAsync("2");
        await page.Locator("[data-path='samples.steps']").GetByRole(AriaRole.Textbox).PressAsync("Tab");

        // without a name the field says so, and has the focus
        await tab.Button("Start training").ClickAsync();
        await Expect(page.GetByText("Give it a name: prompts will use it.")).ToBeVisibleAsync();
        await Expect(tab.Field("Name")).ToBeFocusedAsync();
        await tab.Field("Name").FillAsync("ink-style");

        // nothing is lost on reload
        await Expect(page.GetByText("It fits.", new() { Exact = true })).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(tab.Field("Name")).ToHaveValueAsync("ink-style");
        await Expect(page.GetByText("You changed", new() { Exact = false })).ToBeVisibleAsync();

        await tab.Button("Try two steps").ClickAsync();
        await Expect(page.Locator(".facts")).Not.ToContainTextAsync("not measured", new() { Timeout = 60_000 });

        await tab.Button("Start training").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("#/watch/job-"), new() { Timeout = 60_000 });
        await Expect(page.GetByText("Your LoRA is ready.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        var job = (await _server.GetAsync("jobs"))["jobs"]![0]!;
        Assert.Equal("ink-style", job["name"]!.GetValue<string>());
        var settings = job["request"]!["settings"]!;
        Assert.Equal(3, settings["network.rank"]!.GetValue<int>());
        Assert.Equal("sks", settings["captions.triggerWord"]!.GetValue<string>());
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Settings_AreKeptAsAPreset_AndTakenAgain()
    {
        await _server.MakeDatasetAsync("outlines");
        await using var tab = await Tab.OpenAsync(browser, _server, "train", width: 360);
        var page = tab.Page;
        await page.GetByPlaceholder("Search all settings").FillAsync("gradient accumulation");
        var field = page.Locator("[data-path='loop.gradientAccumulation']").GetByRole(AriaRole.Textbox);
        await field.FillAsync("3");
        await field.PressAsync("Tab");
        await tab.Button("Save as preset").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Name").FillAsync("patient");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("“patient” is saved.")).ToBeVisibleAsync();
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("train-phone", whole: true);
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to the preset" }).ClickAsync();
        await Expect(field).ToHaveValueAsync("1");
        await tab.Button("patient").ClickAsync();
        await page.GetByPlaceholder("Search all settings").FillAsync("gradient accumulation");
        await Expect(field).ToHaveValueAsync("3");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task WithoutPictures_TheFirstStepIsNamed()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "train");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Collect pictures" }).ClickAsync();
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("Pictures");
    }
}
