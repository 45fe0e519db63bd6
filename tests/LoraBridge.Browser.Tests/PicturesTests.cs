using System.IO.Compression;
using System.Text;

namespace LoraBridge.Browser.Tests;

/// <summary>From a heap of files to a data set with captions.</summary>
[Collection(Browser.Name)]
public sealed class PicturesTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task AHeap_WithBrokenFilesInIt_BecomesACaptionedDataSet()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "pictures");
        var page = tab.Page;

        // nothing is lost: what can be used is taken, what cannot is named with its cure
        await DropAsync(tab, [.. TestPictures.Heap(5, 256).Select(File), File(("copy.png", TestPictures.Png(2, 256))), File(("picture-0.txt", Encoding.UTF8.GetBytes("sks cat, sitting"))),
            File(("picture-1.txt", Encoding.UTF8.GetBytes("sks cat, asleep"))), File(("broken.png", [0x89, 0x50, 0x4E, 0x47, 1, 2, 3])), File(("notes.pdf", [0x25, 0x50, 0x44, 0x46]))]);
        await Expect(page.Locator(".picture")).ToHaveCountAsync(5);
        await Expect(page.Locator(".upload")).ToContainTextAsync("5 pictures added · 1 was there already · 2 not taken");
        await Expect(page.Locator(".upload")).ToContainTextAsync("broken.png");
        await Expect(page.Locator(".upload")).ToContainTextAsync("Convert it to PNG");
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("pictures-upload");
        await tab.Button("Close").ClickAsync();

        // a caption is written in its place, counted and saved by itself
        var caption = tab.Field("Caption of picture-2.png");
        await caption.FillAsync("sks cat, jumping");
        var card = page.GetByRole(AriaRole.Article, new() { Name = "picture-2.png" });
        await Expect(card.GetByText("4 / 75 tokens")).ToBeVisibleAsync();
        await Expect(card.GetByText("Saved")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(tab.Field("Caption of picture-2.png")).ToHaveValueAsync("sks cat, jumping");

        // many at once, with undo and redo; tags are counted and filter
        await tab.Button("Change many").ClickAsync();
        await tab.Field("Tags to add").FillAsync("watercolour");
        await tab.Button("Apply").ClickAsync();
        await Expect(page.GetByText("5 captions changed")).ToBeVisibleAsync();
        await Expect(tab.Field("Caption of picture-0.png")).ToHaveValueAsync("watercolour, sks cat, sitting");
        await page.Locator(".toolbar").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(tab.Field("Caption of picture-0.png")).ToHaveValueAsync("sks cat, sitting");
        await page.Locator(".toolbar").GetByRole(AriaRole.Button, new() { Name = "Redo" }).ClickAsync();
        await Expect(tab.Field("Caption of picture-4.png")).ToHaveValueAsync("watercolour");
        await page.GetByRole(AriaRole.Button, new() { Name = "asleep 1" }).ClickAsync();
        await Expect(page.Locator(".picture")).ToHaveCountAsync(1);
        await tab.ShowAsync("pictures-filtered");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task AZip_IsUnpacked_ItsTwinsAreFound_AndVersionsBringThemBack()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "pictures", width: 360);
        var page = tab.Page;
        await DropAsync(tab, File(("foxes.zip", Zip([.. TestPictures.Heap(3, 256).SelectMany(Captioned), .. Captioned(("twin.png", TestPictures.Nearly(0, 256))), ("readme.docx", [1, 2])]))));
        await Expect(page.Locator("h1")).ToHaveTextAsync("foxes");
        await Expect(page.Locator(".picture")).ToHaveCountAsync(4);
        await Expect(page.Locator(".upload")).ToContainTextAsync("readme.docx");
        await tab.Button("Close").ClickAsync();
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("pictures-phone");

        await page.GetByText("Pictures that are nearly the same").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Take out: twin.png" }).ClickAsync();
        await Expect(page.Locator(".picture")).ToHaveCountAsync(3);

        await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Versions" }).ClickAsync();
        await tab.Field("Note").FillAsync("three foxes");
        await tab.Button("Remember this state").ClickAsync();
        await Expect(page.GetByText("three foxes")).ToBeVisibleAsync();
        await tab.AssertAccessibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take picture-1.png out" }).ClickAsync();
        await Expect(page.Locator(".picture")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Versions" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore: three foxes" }).ClickAsync();
        await Expect(page.Locator(".picture")).ToHaveCountAsync(3);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task FiveHundredPictures_AreThereAsFarAsTheyAreInSight()
    {
        var (id, folder) = await _server.MakeDatasetAsync("many", 1);
        var bytes = TestPictures.Png(7, 64);
        // the same picture under many names: only the list is of interest here
        for (var i = 0; i < 500; i++) await System.IO.File.WriteAllBytesAsync(Path.Combine(folder, $"p{i:000}.png"), bytes);
        await using var tab = await Tab.OpenAsync(browser, _server, $"pictures/{id}");
        await Expect(tab.Page.GetByText("501 pictures", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(Picture("p000.png")).ToBeInViewportAsync();
        Assert.InRange(await tab.Page.Locator(".picture").CountAsync(), 1, 120);
        await tab.Page.GetByPlaceholder("Search names and captions").FillAsync("p499");
        await Expect(tab.Page.Locator(".picture")).ToHaveCountAsync(1);
        await tab.Page.GetByPlaceholder("Search names and captions").FillAsync("");
        await Expect(Picture("p000.png")).ToBeInViewportAsync();

        // what is being written stays, also when it is out of sight
        await Picture("p001.png").GetByRole(AriaRole.Textbox).FillAsync("a fox at the front");
        await tab.Page.EvaluateAsync("scrollTo(0, document.body.scrollHeight)");
        await Expect(Picture("p490.png")).ToHaveCountAsync(1);
        Assert.InRange(await tab.Page.Locator(".picture").CountAsync(), 1, 120);
        await Expect(Picture("p001.png").GetByRole(AriaRole.Textbox)).ToHaveValueAsync("a fox at the front");
        await Expect(Picture("p100.png")).ToHaveCountAsync(0);
        tab.AssertQuiet();

        ILocator Picture(string name) => tab.Page.Locator($".picture[aria-label=\"{name}\"]");
    }

    private static (string, byte[])[] Captioned((string Name, byte[] Bytes) picture) => [picture, (Path.ChangeExtension(picture.Name, ".txt"), Encoding.UTF8.GetBytes($"a fox, {picture.Name}"))];

    private static async Task DropAsync(Tab tab, params FilePayload[] files) => await tab.Page.Locator(".pick-files").First.SetInputFilesAsync(files);

    private static FilePayload File((string Name, byte[] Bytes) file) => new() { Name = file.Name, MimeType = "application/octet-stream", Buffer = file.Bytes };

    private static byte[] Zip((string Name, byte[] Bytes)[] files)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        return memory.ToArray();
    }
}
