using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Tests.Training.Settings.Reading;

/// <summary>The languages of sources: lines, texts as they were written, errors with a place.</summary>
public sealed class SourceTextTests
{
    private static string Flat(RawValue value) => value switch
    {
        RawScalar scalar => scalar.Text is null ? "null" : scalar.IsQuoted ? $"'{scalar.Text}'" : scalar.Text,
        RawList list => $"[{string.Join(' ', list.Items.Select(Flat))}]",
        RawMap map => $"{{{string.Join(' ', map.Entries.Select(entry => $"{entry.Key}@{entry.Place.Line}={Flat(entry.Value)}"))}}}",
        _ => "?",
    };

    [Theory]
    [InlineData("a: 2e-4\nb: no\nc: 'no'\nd: ~\n", "{a@1=2e-4 b@2=no c@3='no' d@4=~}")]
    [InlineData("# remark\n\na:\n  b: [1, x]\n  c: {d: 1}", "{a@3={b@4=[1 x] c@5={d@5=1}}}")]
    [InlineData("a: 1\na: 2", "{a@1=1 a@2=2}")]
    [InlineData("base: &b {x: 1, y: 2}\nrun:\n  <<: *b\n  y: 3", "{base@1={x@1=1 y@1=2} run@2={y@4=3 x@1=1}}")]
    [InlineData("a: |\n  one\n  two\n", "{a@1='one\ntwo\n'}")]
    [InlineData("", "{}")]
    [InlineData("# nothing\n", "{}")]
    [InlineData("---\na: 1\n...\n", "{a@2=1}")]
    [InlineData("a: 1\r\nb: 2\r\n", "{a@1=1 b@2=2}")]
    public void Yaml_IsReadWithLines(string text, string expected) => Assert.Equal(expected, Flat(YamlText.Read(text, "f")));

    [Theory]
    [InlineData("a:\n\tb: 1", 2, "a tab cannot indent, use spaces")]
    [InlineData("a: 1\nb: [1, 2\nc: 3", 2, "no YAML")]
    [InlineData("- a\n- b", 1, "keys and values")]
    [InlineData("a: *b", 1, "&b")]
    [InlineData("a: 1\n---\nb: 2", 2, "second document")]
    public void Yaml_ThatIsNone_NamesTheLine(string text, int line, string message)
    {
        var (place, told) = Assert.Single(Assert.Throws<SourceSyntaxException>(() => YamlText.Read(text, "f")).Errors);

        Assert.Equal(line, place.Line);
        Assert.Contains(message, told);
    }

    [Fact]
    public void Yaml_OfAliasesThatUnfoldWithoutBound_IsRefused()
    {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));

        Assert.Contains("unfold", Assert.Throws<SourceSyntaxException>(() => YamlText.Read(text, "f")).Message);
    }

    [Theory]
    [InlineData("a = 1e-4\nb = 'x'\nc = true # remark\n", "{a@1=1e-4 b@2='x' c@3=true}")]
    [InlineData("a = [\n  1,\n  2, # two\n]\nb = {c = 1, d.e = \"f\"}", "{a@1=[1 2] b@5={c@5=1 d@5={e@5='f'}}}")]
    [InlineData("[x]\na = 1_000\n[x.y]\nb = 2\n[[z]]\nc = 3\n[[z.w]]\nd = 4\n[[z]]\nc = 5", "{x@1={a@2=1000 y@3={b@4=2}} z@5=[{c@6=3 w@7=[{d@8=4}]} {c@10=5}]}")]
    [InlineData("a = '''\nC:\\x'''\nb = \"\"\"\none\ntwo\"\"\"", "{a@1='C:\\x' b@3='one\ntwo'}")]
    [InlineData("# remark\na = 0x10 # more\n# remark\n[t] # more\n# remark\nb = inf", "{a@2=16 t@4={b@6=inf}}")]
    [InlineData("a.b = 1\n\"c d\" = 2", "{a@1={b@1=1} c d@2=2}")]
    public void Toml_IsReadWithLines(string text, string expected) => Assert.Equal(expected, Flat(TomlText.Read(text, "f")));

    [Theory]
    [InlineData("a = 1\na = 2", 2)]
    [InlineData("a = 1\nb = \nc = 3", 2)]
    [InlineData("a = C:\\x", 1)]
    [InlineData("[x\na = 1", 1)]
    public void Toml_ThatIsNone_NamesTheLine(string text, int line) =>
        Assert.Contains(Assert.Throws<SourceSyntaxException>(() => TomlText.Read(text, "f")).Errors, error => error.Place.Line == line);

    [Theory]
    [InlineData("{\"a\": 1e-4,\n \"b\": [true, null, \"x\"], // remark\n \"c\": {\"d\": 1},}", "{a@1=1e-4 b@2=[true null 'x'] c@3={d@3=1}}")]
    [InlineData("{\"a\": 1, \"a\": 2}", "{a@1=1 a@1=2}")]
    public void Json_IsReadWithLines(string text, string expected) => Assert.Equal(expected, Flat(JsonText.Read(text, "f")));

    [Theory]
    [InlineData("[1]", 1)]
    [InlineData("{\"a\": 1,\n \"b\" 2}", 2)]
    [InlineData("", 1)]
    [InlineData("{} {}", 1)]
    public void Json_ThatIsNone_NamesTheLine(string text, int line) =>
        Assert.Equal(line, Assert.Single(Assert.Throws<SourceSyntaxException>(() => JsonText.Read(text, "f")).Errors).Place.Line);

    [Fact]
    public void Arguments_HaveValuesListsAndSwitches()
    {
        var map = ArgumentText.Read(["a.b=1", "--c", "2", "--on", "--list", "x=1", "y", "--d=e=f", "--neg", "-3", "--off", "false", "--sw", "k=v"], name => name == "list", name => name is "on" or "off" or "sw");

        Assert.Equal("{a.b@0=1 c@0=2 on@0=true list@0=[x=1 y] d@0=e=f neg@0=-3 off@0=false sw@0=true k@0=v}", Flat(map));
    }

    [Fact]
    public void Argument_OfNoName_IsAnError() =>
        Assert.Contains("'stray' belongs to no setting", Given.Error(Given.Arguments("--seed", "1", "stray")));

    [Theory]
    [InlineData("sine", 0, 1)]
    [InlineData("cosine", 1, 0)]
    [InlineData("linear+0.5", 0.5, 1.5)]
    [InlineData("zeros", 0, 0)]
    public void Curve_RunsFromEndToEnd(string text, double first, double last)
    {
        Assert.True(BlockRateCurve.TryExpand(text, 12, out var rates));

        Assert.Equal((12, first, last), (rates.Count, rates[0], rates[11]));
    }
}
