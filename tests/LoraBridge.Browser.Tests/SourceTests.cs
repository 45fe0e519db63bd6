using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LoraBridge.Browser.Tests;

/// <summary>What the page's sources say of themselves: texts, rules and lists that must fit one another.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] s_modules = [.. Directory.GetFiles(PageServer.Sources, "*.mjs", SearchOption.AllDirectories)];
    private static readonly string s_source = string.Join('\n', s_modules.Select(File.ReadAllText));

    [Fact]
    public void Texts_HaveTheSameKeysAndNames_InEveryLanguage()
    {
        var english = Keys(Read("en"));
        foreach (var file in Directory.GetFiles(Path.Combine(PageServer.Sources, "texts"), "*.json"))
        {
            var other = Keys(Read(Path.GetFileNameWithoutExtension(file)));
            Assert.Equal(english.Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
            foreach (var (key, text) in other) Assert.True(Names(english[key]).SetEquals(Names(text)), $"{key} in {file}: {text}");
        }
        static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(PageServer.Sources, "texts", name + ".json")))!;
        static HashSet<string> Names(string text) => [.. Regex.Matches(text, @"\{(\w+)\}").Select(match => match.Value)];
    }

    [Fact]
    public void Texts_AreThere_ForEveryKeyThatIsUsed()
    {
        var english = Keys(JsonNode.Parse(File.ReadAllText(Path.Combine(PageServer.Sources, "texts", "en.json")))!);
        var used = Regex.Matches(s_source, """\bt\("([\w.]+)"[,)]""").Select(match => match.Groups[1].Value).Distinct();
        Assert.DoesNotContain(used, key => !english.ContainsKey(key));
    }

    [Fact]
    public void Texts_AreAskedFor_EachOfThem()
    {
        var english = Keys(JsonNode.Parse(File.ReadAllText(Path.Combine(PageServer.Sources, "texts", "en.json")))!);
        var whole = Regex.Matches(s_source, """["`]([a-z]\w*(?:\.\w+)+)["`]""").Select(match => match.Groups[1].Value).ToHashSet();
        // `doctor.cure.${cure}` asks for all of its group, `${name}.title` for all titles
        var parts = Regex.Matches(s_source, "`((?:[\\w.]|\\$\\{[^}`]*\\})*\\$\\{[^}`]*\\}(?:[\\w.]|\\$\\{[^}`]*\\})*)`").Select(match => match.Groups[1].Value).Where(text => text.Contains('.', StringComparison.Ordinal))
            .Select(text => new Regex($"^{Regex.Replace(Regex.Replace(text, @"\$\{[^}]*\}", "\0"), "[.]", @"\.").Replace("\0", @"\w+", StringComparison.Ordinal)}$")).ToList();
        Assert.DoesNotContain(english.Keys, key => !whole.Contains(key) && !parts.Any(part => part.IsMatch(key)));
    }

    [Fact]
    public void Rules_AreOfClasses_ThatAreMade()
    {
        var selectors = Regex.Replace(File.ReadAllText(Path.Combine(PageServer.Sources, "style.css")), @"/\*.*?\*/|\{[^{}]*\}", " ", RegexOptions.Singleline);
        var classes = Regex.Matches(selectors, @"\.([a-z][\w-]*)").Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.InRange(classes.Count, 100, 1000);
        Assert.DoesNotContain(classes, name => !Regex.IsMatch(s_source, $@"(?<![\w-]){name}(?![\w-])"));
    }

    [Fact]
    public void Steps_NameTheirModules_AllAndNoOthers()
    {
        var named = Regex.Matches(File.ReadAllText(Path.Combine(PageServer.Sources, "lib", "steps.mjs")), """^  "?([\w/]+)"?: "([^"]+)",$""", RegexOptions.Multiline).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Split(' '));
        var shell = Imported("app.mjs").Append("app.mjs").Append("lib/view.mjs").ToHashSet();
        var opened = new Dictionary<string, string> { ["pictures/one"] = "views/pictures/editor.mjs", ["watch/one"] = "views/watch/run.mjs", ["adapters/one"] = "views/adapters/one.mjs" };
        Assert.Equal(7 + opened.Count, named.Count);
        foreach (var (step, modules) in named)
        {
            var needed = (opened.TryGetValue(step, out var entry) ? Imported(entry).Append(entry).Except(Imported($"views/{step.Split('/')[0]}.mjs")) : Imported($"views/{step}.mjs")).Except(shell).Distinct().Order(StringComparer.Ordinal);
            Assert.Equal(needed, modules.Select(name => name + ".mjs").Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Page_AsksAtOnce_ForWhatItsShellIsMadeOf()
    {
        var page = File.ReadAllText(Path.Combine(PageServer.Sources, "index.html"));
        var asked = Regex.Matches(page, "modulepreload\" href=\"([^\"]+)\"").Select(match => match.Groups[1].Value);
        Assert.Equal(Imported("app.mjs").Append("app.mjs").Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    // what a module imports, and what that imports
    private static HashSet<string> Imported(string module)
    {
        var (found, open) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>([module]));
        while (open.TryDequeue(out var name))
        {
            foreach (Match match in StaticImport().Matches(File.ReadAllText(Path.Combine(PageServer.Sources, name))))
            {
                var next = Path.GetRelativePath(PageServer.Sources, Path.GetFullPath(Path.Combine(PageServer.Sources, Path.GetDirectoryName(name)!, match.Groups[1].Value)));
                if (found.Add(next)) open.Enqueue(next);
            }
        }
        return found;
    }

    [GeneratedRegex("^import [^;]*?\"(\\.[^\"]+)\";$", RegexOptions.Multiline)]
    private static partial Regex StaticImport();

    // a text with plural forms is one text: the longest of them
    private static Dictionary<string, string> Keys(JsonNode tree, string prefix = "") => tree.AsObject().SelectMany(pair => pair.Value switch
    {
        JsonObject forms when forms.ContainsKey("other") => [KeyValuePair.Create(prefix + pair.Key, forms["other"]!.ToString())],
        JsonObject inner => Keys(inner, $"{prefix}{pair.Key}.").AsEnumerable(),
        var text => [KeyValuePair.Create(prefix + pair.Key, text!.ToString())],
    }).ToDictionary();
}
