namespace LoraBridge.Browser.Tests;

/// <summary>A page in a browser of its own (storage, theme, width), which remembers what went wrong in it.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly bool _ownsContext;
    private readonly List<string> _faults = [];

    private Tab(IBrowserContext context, IPage page, bool ownsContext)
    {
        (_context, Page, _ownsContext) = (context, page, ownsContext);
        page.SetDefaultTimeout(15_000);
        page.PageError += (_, error) => _faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _faults.Add($"{message.Type}: {message.Text} ({message.Location})");
        };
    }

    public IPage Page { get; }

    /// <summary>Opens a view.</summary>
    /// <param name="browser">The browser.</param>
    /// <param name="server">Whose page.</param>
    /// <param name="route">The view and what follows it: <c>watch/job-1</c>.</param>
    /// <param name="width">The window's width in pixels; 360 is a phone's.</param>
    /// <param name="dark">Whether the system is dark.</param>
    /// <param name="language">What the browser asks for.</param>
    public static async Task<Tab> OpenAsync(Browser browser, PageServer server, string route, int width = 1280, bool dark = false, string language = "en")
    {
        var context = await browser.Chromium.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = width < 600 ? 740 : 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = language,
            ReducedMotion = ReducedMotion.Reduce,
        });
        SetDefaultExpectTimeout(15_000);
        var tab = new Tab(context, await context.NewPageAsync(), ownsContext: true);
        await tab.GoAsync(server, route);
        return tab;
    }

    /// <summary>A second tab of the same browser, with the same storage.</summary>
    public async Task<Tab> AnotherAsync(PageServer server, string route)
    {
        var tab = new Tab(_context, await _context.NewPageAsync(), ownsContext: false);
        await tab.GoAsync(server, route);
        return tab;
    }

    public async Task GoAsync(PageServer server, string route)
    {
        await Page.GotoAsync(new Uri(server.Address, $"#/{route}").ToString());
        await Expect(Page.Locator("h1")).ToBeVisibleAsync();
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Field(string label) => Page.GetByLabel(label, new() { Exact = true });

    /// <summary>Types a number into the box of a field or slider.</summary>
    public async Task SetNumberAsync(string label, int value)
    {
        var box = Page.GetByRole(AriaRole.Spinbutton, new() { Name = label, Exact = true });
        await box.FillAsync(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await box.PressAsync("Tab");
    }

    /// <summary>Waits until something is so.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 300; i++)
        {
            if (await isSo()) return;
            await Task.Delay(100);
        }
        throw new TimeoutException($"It is not so after half a minute, at {Page.Url}.");
    }

    /// <summary>Nothing was written to the console as an error or a warning.</summary>
    /// <param name="except">Parts of faults that belong to the test, such as those of a server that was killed.</param>
    public void AssertQuiet(params string[] except)
    {
        var faults = _faults.Where(fault => !except.Any(part => fault.Contains(part, StringComparison.Ordinal))).ToList();
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    /// <summary>Keeps a picture of the page in the folder that LORABRIDGE_SCREENSHOTS names (<c>samples/screenshots</c> in the repository); nothing where it names none.</summary>
    public async Task ShowAsync(string name, bool whole = false)
    {
        if (Environment.GetEnvironmentVariable("LORABRIDGE_SCREENSHOTS") is not { Length: > 0 } folder) return;
        if (whole) await Page.EvaluateAsync("scrollTo(0, 0)");
        await Page.WaitForFunctionAsync("[...document.images].every(image => image.complete || image.getBoundingClientRect().top > innerHeight)");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(PageServer.Root, folder, name + ".png"), FullPage = whole });
    }

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        if (_ownsContext) await _context.DisposeAsync();
    }
}
