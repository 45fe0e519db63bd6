using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class MetadataFileTests : IDisposable
{
    private readonly PictureFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Csv_UnquotedCommas_BelongToThePrompt() => Assert.Equal(
        [new("a.png", "a cat"), new("b.jpg", "night market, paper lanterns, rain"), new("c d.png", "quoted, \"so\""), new("e.png", ""), new("f.png", "say \"x\", y")],
        Read("metadata.csv", "\uFEFFfilename,prompt\r\na.png,a cat\r\n\r\nb.jpg,night market, paper lanterns, rain\r\n\"c d.png\",\"quoted, \"\"so\"\"\"\r\ne.png,\r\nf.png,say \"x\", y"));

    [Fact]
    public void Csv_QuotedLineBreak_IsKept() => Assert.Equal(
        [new("a.png", "one\ntwo"), new("b.png", "three")], Read("metadata.csv", "file_name,text\na.png,\"one\ntwo\"\nb.png,three\n"));

    [Fact]
    public void Csv_OtherColumns_AreFoundByName() => Assert.Equal(
        [new("a.png", "a cat, b"), new("b.png", "")], Read("metadata.csv", "score,caption,image\n1,\"a cat, b\",a.png\n2,,b.png\n"));

    [Fact]
    public void Csv_UnknownSecondColumn_IsTheCaption() =>
        Assert.Equal([new("a.png", "a cat")], Read("metadata.csv", "file_name,beschreibung\na.png,a cat\n"));

    [Theory]
    [InlineData("a.png,a cat\nb.png,a dog\n", "filename,prompt")]
    [InlineData("score,text,image\n1,a, b,c.png\n", "Line 2 has 4 columns")]
    [InlineData("", "filename,prompt")]
    public void Csv_Malformed_SaysWhereAndHow(string text, string named) =>
        Assert.Contains(named, Assert.Throws<DatasetException>(() => Read("metadata.csv", text)).Message);

    [Fact]
    public void JsonLines_AllNames_AreRead() => Assert.Equal(
        [new("a.png", "a cat"), new("b/c.png", "a dog, dog, sofa"), new("d.png", "x, y"), new("e.png", "odd")],
        Read("metadata.jsonl", """
            {"file_name": "a.png", "text": "a cat"}
            {"image_path": "b/c.png", "caption": "a dog", "tags": "dog, sofa", "image_size": [1, 2]}

            {"image": "d.png", "tags": "x, y"}
            {"file_name": "e.png", "beschreibung": "odd"}
            """));

    [Theory]
    [InlineData("{\"file_name\": \"a.png\", \"text\": \"x\"}\n{oops}", "Line 2 is not valid JSON")]
    [InlineData("[1]", "Line 1 is no JSON object")]
    [InlineData("{\"text\": \"x\"}", "names no picture")]
    [InlineData("{\"file_name\": \"x\"}", "has no caption")]
    public void JsonLines_Malformed_SaysWhere(string text, string named) =>
        Assert.Contains(named, Assert.Throws<DatasetException>(() => Read("metadata.jsonl", text)).Message);

    [Fact]
    public void KohyaJson_CaptionAndTags_AreJoined() => Assert.Equal(
        [new("a", "a cat, cat, sofa"), new("b.png", "only"), new("c", "x"), new("d", "plain")],
        Read("meta.json", """{"a": {"caption": "a cat", "tags": "cat, sofa", "image_size": [1, 2]}, "b.png": {"caption": "only"}, "c": {"tags": "x"}, "d": "plain", "e": {"image_size": [1, 2]}}"""));

    [Theory]
    [InlineData("[]", "JSON lines")]
    [InlineData("{\"a\": 1}", "\"a\"")]
    [InlineData("{", "line 1")]
    public void KohyaJson_Malformed_SaysWhere(string text, string named) =>
        Assert.Contains(named, Assert.Throws<DatasetException>(() => Read("meta.json", text)).Message);

    [Theory]
    [InlineData("sub/a.png")]
    [InlineData("./sub/a.png")]
    [InlineData("sub\\a.png")]
    [InlineData("sub/a")]
    [InlineData("a.png")]
    [InlineData("a")]
    [InlineData("/elsewhere/sub/a.png")]
    public void Table_AnySpellingOfThePicture_IsFound(string key)
    {
        _folder.Text("metadata.jsonl", $$"""{"file_name": "{{key.Replace("\\", "\\\\", StringComparison.Ordinal)}}", "text": "found"}""");
        var table = new MetadataTable(_folder.At("metadata.jsonl"));
        Assert.Equal("found", table.Caption(_folder.Root, _folder.At("sub/a.png")));
        Assert.Empty(table.Unused);
    }

    [Fact]
    public void Table_NameInTwoFolders_GoesToNeither()
    {
        _folder.Text("metadata.csv", "filename,prompt\nx/a.png,one\ny/a.png,two\nb.png,first\nb.png,last\nz.png,none\n");
        var table = new MetadataTable(_folder.At("metadata.csv"));
        Assert.Null(table.Caption(_folder.Root, _folder.At("w/a.png")));
        Assert.Equal("two", table.Caption(_folder.Root, _folder.At("y/a.png")));
        Assert.Equal("last", table.Caption(_folder.Root, _folder.At("b.png")));
        Assert.Equal(["x/a.png", "z.png"], table.Unused);
    }

    private List<MetadataRow> Read(string name, string text) => MetadataFile.Read(_folder.Text(name, text).At(name));
}
