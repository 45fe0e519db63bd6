namespace LoraBridge.Browser.Tests;

/// <summary>What all steps share: the ways between them, language, theme, and a server that is away.</summary>
[Collection(Browser.Name)]
public sealed class ShellTests(Browser browser, SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly string[] s_steps = ["Pictures", "Train", "Watch", "Choose", "Blend", "Generate", "Adapters"];

    private readonly PageServer _server = shared.Server;

    [Theory]
    [InlineData(1280, false)]
    [InlineData(360, true)]
    public async Task EveryStep_IsAccessible_WithNothingInIt(int width, bool dark)
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "pictures", width, dark);
        foreach (var step in s_steps)
        {
            await tab.Page.GetByRole(AriaRole.Link, new() { Name = step, Exact = true }).ClickAsync();
            await Expect(tab.Page.Locator("h1")).ToHaveTextAsync(step);
            await Expect(tab.Page.Locator(".skeleton")).ToHaveCountAsync(0);
            await tab.AssertAccessibleAsync();
            await tab.ShowAsync($"empty-{step.ToLowerInvariant()}-{width}");
        }
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Language_IsChosenAndKept()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "train", language: "zh-CN");
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("训练");
        await tab.Page.Locator(".nav").GetByRole(AriaRole.Button, new() { Name = "语言" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Menuitem, new() { Name = "English" }).ClickAsync();
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("Train");
        await tab.Page.ReloadAsync();
        await Expect(tab.Page.Locator("h1")).ToHaveTextAsync("Train");
        Assert.Equal("en", await tab.Page.EvaluateAsync<string>("document.documentElement.lang"));
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Theme_FollowsTheSystem_UntilItIsChosen()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "train", dark: true);
        var app = tab.Page.Locator("lorabridge-app");
        await Expect(app).ToHaveAttributeAsync("theme", "dark");
        await tab.Page.Locator(".nav").GetByRole(AriaRole.Button, new() { Name = "Light or dark" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Light" }).ClickAsync();
        await Expect(app).ToHaveAttributeAsync("theme", "light");
        await tab.Page.ReloadAsync();
        await Expect(app).ToHaveAttributeAsync("theme", "light");
    }

    [Fact]
    public async Task Server_ThatGoesAndComesBack_IsToldOf()
    {
        await using var server = await PageServer.StartAsync();
        await using var tab = await Tab.OpenAsync(browser, server, "adapters");
        await server.KillAsync();
        await Expect(tab.Page.GetByText("The server does not answer.").First).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await server.StartAgainAsync();
        await Expect(tab.Page.GetByText("The server does not answer.").Filter(new() { Visible = true })).ToHaveCountAsync(0, new() { Timeout = 20_000 });
        tab.AssertQuiet("ERR_CONNECTION", "ERR_EMPTY", "ERR_INCOMPLETE");
    }

    [Fact]
    public async Task Keyboard_SkipsToTheContent()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "pictures");
        await tab.AssertKeyboardReachesAsync("Skip to the content", most: 2);
        await tab.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await tab.Page.EvaluateAsync<string>("document.querySelector('lorabridge-app').shadowRoot.activeElement.localName"));
    }

    [Fact]
    public async Task Files_AreAskedAbout_NotSentAgain()
    {
        using var first = await _server.Http.GetAsync(new Uri(_server.Address, "app.mjs"));
        Assert.Equal("text/javascript", first.Content.Headers.ContentType!.MediaType);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Address, "app.mjs"));
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await _server.Http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.NotModified, second.StatusCode);
        using var away = await _server.Http.GetAsync(new Uri(_server.Address, "README.md"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, away.StatusCode);
    }
}
