namespace LoraBridge.Browser.Tests;

/// <summary>The library: one adapter in all its parts, two compared, another made of one, and very many.</summary>
[Collection(Browser.Name)]
public sealed class AdaptersTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task AnAdapter_IsFoundDescribedChangedAndMadeSmaller()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "adapters");
        var page = tab.Page;
        await Expect(page.GetByText("No LoRAs yet")).ToBeVisibleAsync();
        TestAdapters.AddTwo(_server);
        await _server.UntilAdaptersAsync(2);
        await tab.Button("Tools").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Look again" }).ClickAsync();
        await Expect(page.Locator(".adapter-card")).ToHaveCountAsync(2);
        await tab.Field("Search names, tags and notes").FillAsync("nothing like it");
        await Expect(page.GetByText("No LoRA fits the search and the filter.")).ToBeVisibleAsync();
        await tab.Button("Show all").ClickAsync();
        await Expect(page.Locator(".adapter-card")).ToHaveCountAsync(2);
        await tab.AssertAccessibleAsync();

        // two side by side
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Tick pixels" }).CheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Tick outline" }).CheckAsync();
        await tab.Button("Compare").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Layers:");
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("adapters-compare");
        await tab.Button("Close").ClickAsync();

        // its notes, written beside it
        await page.GetByRole(AriaRole.Link, new() { Name = "outline", Exact = true }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("outline");
        await Expect(tab.Button("Save")).ToBeDisabledAsync();
        await tab.Field("Words that bring it out").FillAsync("outline drawing");
        await tab.Field("Preferred weight").FillAsync("0.7");
        await tab.Button("Save").ClickAsync();
        await Expect(page.GetByText("The notes are saved.")).ToBeVisibleAsync();
        Assert.Contains("\"activation text\": \"outline drawing\"", await File.ReadAllTextAsync(Path.Combine(_server.Data, "loras", "outline.json")), StringComparison.Ordinal);

        // its cover, its hash
        await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "cover.png", MimeType = "image/png", Buffer = TestPictures.Style(4).Last().Bytes });
        await Expect(page.Locator(".thumb.large img")).ToBeVisibleAsync();
        await tab.Button("Check the hash").ClickAsync();
        await Expect(page.Locator(".hash .badge")).ToBeVisibleAsync();

        // what its file says of itself
        await page.GetByText("Metadata in the file").ClickAsync();
        await tab.Button("Add a key").ClickAsync();
        await tab.Field("Key").FillAsync("ssmd_author");
        await tab.Button("Create").ClickAsync();
        await tab.Field("ssmd_author").FillAsync("me");
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("adapter", whole: true);
        await tab.Button("Write into the file").ClickAsync();
        await Expect(page.GetByText("The metadata is written.")).ToBeVisibleAsync();
        Assert.Equal("me", (await _server.GetAsync("adapters/outline/metadata"))["ssmd_author"]!.GetValue<string>());

        // a smaller one of it
        await tab.Button("Tools").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Change the rank" }).ClickAsync();
        await tab.Field("Rank").FillAsync("2");
        await tab.AssertAccessibleAsync();
        await tab.Button("Begin").ClickAsync();
        await Expect(page.GetByText("outline-small is ready, and prompts may name it.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.Equal(2, (await _server.GetAsync("adapters/outline-small"))["maxRank"]!.GetValue<int>());
        await page.GetByRole(AriaRole.Link, new() { Name = "Back" }).ClickAsync();
        await Expect(page.Locator(".adapter-card")).ToHaveCountAsync(3);
        await tab.ShowAsync("adapters");

        await page.GetByRole(AriaRole.Link, new() { Name = "outline", Exact = true }).ClickAsync();
        await tab.Button("Use in a prompt").ClickAsync();
        await Expect(tab.Field("Prompt")).ToHaveValueAsync("outline drawing <lora:outline:0.7>");
        tab.AssertQuiet();
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(360, true)]
    public async Task TwoThousand_AreListedBySight(int width, bool dark)
    {
        TestAdapters.AddMany(_server, 2000);
        await _server.UntilAdaptersAsync(2000);
        await using var tab = await Tab.OpenAsync(browser, _server, "adapters", width, dark);
        var page = tab.Page;
        await Expect(page.GetByText("2,000 LoRAs")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "lora-0000", Exact = true })).ToBeVisibleAsync();
        Assert.InRange(await page.Locator(".adapter-card").CountAsync(), 1, 150);
        // the focus stays where it is however far one scrolls, and only what is in sight is there besides
        await page.GetByRole(AriaRole.Link, new() { Name = "lora-0001", Exact = true }).FocusAsync();
        await page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "lora-1999", Exact = true })).ToBeInViewportAsync();
        Assert.InRange(await page.Locator(".adapter-card").CountAsync(), 1, 150);
        Assert.Equal("lora-0001", await page.EvaluateAsync<string>("document.querySelector('lorabridge-app').shadowRoot.activeElement.textContent"));
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "lora-0500", Exact = true })).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.Keyboard.PressAsync("Shift+Tab");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "lora-0000", Exact = true })).ToBeInViewportAsync();
        await tab.Field("Search names, tags and notes").FillAsync("lora-1999");
        await Expect(page.GetByText("1 LoRA", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.Locator(".adapter-card")).ToHaveCountAsync(1);
        await tab.AssertAccessibleAsync();
        tab.AssertQuiet();
    }
}
