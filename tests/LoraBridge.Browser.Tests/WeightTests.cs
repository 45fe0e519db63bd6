namespace LoraBridge.Browser.Tests;

/// <summary>What a visit brings into a browser, uncompressed. What the server makes for a view (lists, schemas) is left out; no time is asserted, which is the machine's matter.</summary>
[Collection(Browser.Name)]
public sealed class WeightTests(Browser browser, SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Files = "performance.getEntriesByType('resource').map(file => new URL(file.name).pathname).filter(path => !path.startsWith('/lorabridge/'))";

    private static readonly string[] s_steps = ["pictures", "train", "watch", "choose", "blend", "generate", "adapters"];

    [Theory]
    [InlineData("pictures")]
    [InlineData("train")]
    [InlineData("watch")]
    [InlineData("choose")]
    [InlineData("blend")]
    [InlineData("generate")]
    [InlineData("adapters")]
    [InlineData("train", "zh-CN")]
    [InlineData("blend", "zh-CN")]
    public async Task AFirstVisit_WeighsLessThan200Kilobytes(string step, string language = "en")
    {
        await using var tab = await Tab.OpenAsync(browser, shared.Server, step, language: language);
        await Expect(tab.Page.Locator(".skeleton")).ToHaveCountAsync(0);
        var files = await tab.Page.EvaluateAsync<string[]>(Files);
        Assert.InRange(files.Length, 10, 60);
        Assert.Equal(files.Length, files.Distinct().Count());                   // nothing is fetched twice
        Assert.InRange(Weight(files), 50_000, 180_000);
    }

    [Fact]
    public async Task AllSteps_OneAfterAnother_WeighWhatTheyMay()
    {
        await using var tab = await Tab.OpenAsync(browser, shared.Server, s_steps[0]);
        foreach (var step in s_steps)
        {
            await tab.GoAsync(shared.Server, step);
            await Expect(tab.Page.Locator($"lb-{step} h1")).ToBeVisibleAsync();
            await Expect(tab.Page.Locator(".skeleton")).ToHaveCountAsync(0);
        }
        var files = await tab.Page.EvaluateAsync<string[]>(Files);
        Assert.DoesNotContain(files, file => file.EndsWith("zh-CN.json", StringComparison.Ordinal));
        Assert.InRange(Weight(files), 100_000, 277_000);
    }

    private static long Weight(IEnumerable<string> paths) => paths.Distinct().Sum(path => new FileInfo(Path.Combine(PageServer.Sources, NameOf(path))).Length);

    // without the version that the parts stand below
    private static string NameOf(string path) => path.TrimStart('/').Split('/', 2) is [{ Length: 16 } version, var name] && version.All(char.IsAsciiHexDigitLower) ? name : path.TrimStart('/');
}
