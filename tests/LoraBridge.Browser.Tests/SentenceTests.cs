using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoraBridge.Server.Presets;

namespace LoraBridge.Browser.Tests;

/// <summary>What the server says in English, in the page's other languages.</summary>
[Collection(Browser.Name)]
public sealed partial class SentenceTests(Browser browser) : IAsyncLifetime
{
    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Settings_AndWhatIsWrongWithThem_AreSaidInChinese()
    {
        await _server.MakeDatasetAsync("outlines");
        await using var tab = await Tab.OpenAsync(browser, _server, "train", language: "zh-CN");
        var page = tab.Page;
        await page.GetByPlaceholder("搜索全部设置").FillAsync("network_dim");
        var rank = page.Locator("[data-path='network.rank']");
        await Expect(rank.Locator("label")).ToContainTextAsync("秩");
        await Expect(rank.Locator(".hint")).Not.ToContainTextAsync("The ");
        await Expect(rank).ToContainTextAsync("1 至 4096");
        await rank.GetByRole(AriaRole.Textbox).FillAsync("0");
        await rank.GetByRole(AriaRole.Textbox).PressAsync("Tab");
        await Expect(rank.Locator(".fault")).ToContainTextAsync("必须");
        await Expect(rank.Locator(".fault")).Not.ToContainTextAsync("must be");
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("train-chinese");
        await page.GetByPlaceholder("搜索全部设置").FillAsync("");
        await page.GetByText("优化器与学习率").ClickAsync();
        await Expect(page.Locator("[data-path='optimizer.kind'] .hint, [data-path='optimizer.name'] .hint").First).ToContainTextAsync("。");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Refusals_AreSaidInChinese()
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "adapters/no-such-adapter", language: "zh-CN");
        await Expect(tab.Page.Locator(".banner.error")).ToContainTextAsync("没有");
        await Expect(tab.Page.Locator(".banner.error")).Not.ToContainTextAsync("There is");
    }

    [Theory]
    [InlineData("There is no blend 'a. b'. Take an id from the list of blends.", "没有混合“a. b”。")]
    [InlineData("Nobody says this. There is no blend 'x'.", "Nobody says this. 没有混合“x”。")]
    public async Task Said_TakesTheWhole_ElseSentenceBySentence(string english, string chinese)
    {
        await using var tab = await Tab.OpenAsync(browser, _server, "train", language: "zh-CN");
        var said = await tab.Page.EvaluateAsync<string>("async text => { const { said } = await import(performance.getEntriesByType('resource').map(one => one.name).find(name => name.endsWith('/said.mjs'))); const node = said(text); for (let i = 0; i < 100 && node.data === text; i++) await new Promise(go => setTimeout(go, 20)); return node.data; }", english);
        Assert.StartsWith(chinese, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_AreAllThere_InEveryLanguage()
    {
        foreach (var file in Files("settings"))
        {
            var texts = JsonNode.Parse(File.ReadAllText(file))!;
            var schema = TrainingSchema.Current;
            Assert.Equal(schema.Groups.Select(group => group.Name).Order(StringComparer.Ordinal), texts["groups"]!.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
            var fields = schema.Groups.SelectMany(group => group.Settings).ToDictionary(field => field.Path);
            Assert.Equal(fields.Keys.Order(StringComparer.Ordinal), texts["settings"]!.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
            foreach (var (path, field) in fields)
            {
                var words = texts["settings"]![path]!.AsObject();
                Assert.Equal(string.IsNullOrEmpty(field.Consequence), words["consequence"] is null);
                Assert.All(words.Where(pair => pair.Key != "choices"), pair => Assert.False(string.IsNullOrWhiteSpace(pair.Value!.ToString()), $"{path} {pair.Key}"));
                Assert.Equal((field.Choices ?? []).Select(choice => choice.Name).Order(StringComparer.Ordinal), (words["choices"]?.AsObject() ?? []).Select(pair => pair.Key).Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public void Sentences_AreThoseOfTheServer_AndTheirValuesHaveAPlace()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(PageServer.Root, "src"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".json" && !Built().IsMatch(file)).Select(File.ReadAllText);
        var source = string.Join('\n', sources).Replace("\\\"", "\"", StringComparison.Ordinal).Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);
        foreach (var file in Files("server"))
        {
            var texts = JsonNode.Parse(File.ReadAllText(file), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.ToString());
            Assert.All(texts, pair => Assert.InRange(Regex.Matches(pair.Value, @"\{(\d)\}").Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max(), 0, Regex.Count(pair.Key, @"\{\}")));
            // .NET's own sentences and those put together of small parts stand nowhere as they are: one in sixteen
            var strange = texts.Keys.Where(english => !Parts(english).Any(part => source.Contains(part, StringComparison.Ordinal))).ToList();
            Assert.True(strange.Count < texts.Count / 14, $"{strange.Count} of {texts.Count} sentences in {file} are nobody's:\n{string.Join('\n', strange)}");
        }
    }

    // what stands between values and the ends of sentences
    private static List<string> Parts(string english)
    {
        var parts = Between().Split(english).Select(part => part.Trim(' ', '\'', '.', ',', ':', ';', '(', ')', '"')).Where(part => part.Length > 0).ToList();
        var least = Math.Min(8, parts.Max(part => part.Length));
        return [.. parts.Where(part => part.Length >= least)];
    }

    private static string[] Files(string kind)
    {
        var files = Directory.GetFiles(Path.Combine(PageServer.Sources, "texts", kind), "*.json");
        Assert.NotEmpty(files);
        return files;
    }

    [GeneratedRegex(@"\{\}|(?<=[.!?:;,])\s+")]
    private static partial Regex Between();

    [GeneratedRegex(@"[\\/](obj|bin)[\\/]")]
    private static partial Regex Built();
}
