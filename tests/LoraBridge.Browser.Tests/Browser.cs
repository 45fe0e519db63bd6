namespace LoraBridge.Browser.Tests;

/// <summary>The machine's Chromium, driven by the driver that the package brings; one for all tests.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>Tests of one collection run one after another: two at once would fight for the cores.</summary>
    public const string Name = "browser";

    private IPlaywright _driver = null!;

    internal IBrowser Chromium { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var program = new[] { Environment.GetEnvironmentVariable("LORABRIDGE_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }
            .FirstOrDefault(path => path is not null && File.Exists(path));
        Assert.True(program is not null, "There is no Chromium. Install the package chromium, or name the program in LORABRIDGE_CHROMIUM.");
        _driver = await Playwright.CreateAsync();
        _driver.Selectors.SetTestIdAttribute("data-key");
        Chromium = await _driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Headless = true, Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
    }

    public async Task DisposeAsync()
    {
        await Chromium.DisposeAsync();
        _driver.Dispose();
    }
}

[CollectionDefinition(Browser.Name)]
public sealed class SharedBrowser : ICollectionFixture<Browser>;
