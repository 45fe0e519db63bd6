using LoraBridge.Server.Datasets;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class CaptionLabelsTests
{
    [Theory]
    [InlineData("red_hair.png", "red hair")]
    [InlineData("red_hair_012.png", "red hair")]
    [InlineData("red hair (12).png", "red hair")]
    [InlineData("red-hair, smile 3.png", "red-hair, smile")]
    [InlineData("10_cat/0001.png", "")]
    [InlineData("1girl.png", "1girl")]
    [InlineData("^_^.png", "^_^")]
    public void FileNames_BecomeTags(string name, string caption) => Assert.Equal(caption, Apply(name));

    [Theory]
    [InlineData("10_red_cat/0001.png", "red cat")]
    [InlineData("a/b/0001.png", "b")]
    [InlineData("0001.png", "My set")]
    [InlineData("10_/0001.png", "10_")]
    public void FolderNames_BecomeTags(string name, string caption) => Assert.Equal(caption, Apply(name, request: new() { Dataset = "x", From = "folderName" }));

    [Theory]
    [InlineData("keep", "b, old", "b, old")]
    [InlineData("keep", "  ", "a")]
    [InlineData("ignore", "b, old", "a")]
    [InlineData("append", "b, old", "b, old, a")]
    [InlineData("prepend", "b, old", "a, b, old")]
    [InlineData("append", "a, b", "a, b")]
    [InlineData("append", "b\nc, a\n", "b, a\nc, a")]
    public void CaptionsThatAreThere_AreTreatedAsAsked(string existing, string before, string after) => Assert.Equal(after, Apply("a.png", before, new() { Dataset = "x", Existing = existing }));

    [Fact]
    public void Tags_AreTidiedUp()
    {
        var request = new LabelRequest { Dataset = "x", Existing = "append", Blacklist = ["watermark", "red_hair, Signature"], Trigger = "SKS cat", LowerCase = true };
        Assert.Equal("SKS cat, 1girl, blue eyes, ^_^, a", Apply("a.png", "1girl, blue_eyes, sks cat, Blue Eyes, Watermark, red hair, ^_^, signature", request));
        Assert.Equal("blue_eyes, blue_eyes, A", Apply("A.png", "blue_eyes, blue_eyes", request with { Underscores = false, Duplicates = false, Trigger = null, LowerCase = false }));
        Assert.Equal("b, sks cat, a", Apply("a.png", "b, sks cat", request with { TriggerFirst = false }));
    }

    [Fact]
    public void ATrigger_ThatASentenceNames_IsNotSaidTwice()
    {
        var request = new LabelRequest { Dataset = "x", From = "template", Template = "a photo of {trigger} ({file})", Trigger = "s.k" };
        Assert.Equal("a photo of s.k (cat)", Apply("cat_01.png", request: request));
        Assert.Equal("s.k, a photo of sxk", Apply("cat.png", request: request with { Template = "a photo of sxk" }));
        Assert.Equal("s.k, a photo of s.kk", Apply("cat.png", request: request with { Template = "a photo of s.kk" }));
    }

    private static string Apply(string name, string before = "", LabelRequest? request = null) => CaptionLabels.Apply(new(name, "My set"), before, request ?? new() { Dataset = "x" });
}
