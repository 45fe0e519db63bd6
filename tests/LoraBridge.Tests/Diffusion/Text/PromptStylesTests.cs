using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class PromptStylesTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Load_File_ReadsQuotesLineBreaksAndComments()
    {
        File.WriteAllText(_path, "\uFEFFname,prompt,negative_prompt\r\nplain,a style,bad\r\n\r\n\"two, words\",\"say \"\"hi\"\"\nthere\",\r\n#off,x,y\r\nshort\r\n,no name,\r\n");

        Assert.Equal(
            [new("plain", "a style", "bad"), new("two, words", "say \"hi\"\nthere", ""), new("short", "", "")],
            PromptStyles.Load(_path).All);
    }

    [Fact]
    public void Load_OlderFile_HasItsPromptInText()
    {
        File.WriteAllText(_path, "text,name\nold one,x");
        Assert.Equal([new("x", "old one", "")], PromptStyles.Load(_path).All);
    }

    [Fact]
    public void Load_WithoutNames_SaysWhatTheFirstLineShouldBe()
    {
        File.WriteAllText(_path, "a,b\n1,2\n");
        Assert.Contains("name,prompt,negative_prompt", Assert.Throws<InvalidDataException>(() => PromptStyles.Load(_path)).Message);
    }

    [Fact]
    public void Load_EmptyFile_HasNoStyles()
    {
        File.WriteAllText(_path, "");
        Assert.Empty(PromptStyles.Load(_path).All);
    }

    [Theory]
    [InlineData("a cat", "", "a cat")]
    [InlineData(" a cat ", "append", "a cat, in oil")]
    [InlineData("a cat", "wrap", "photo of a cat, sharp")]
    [InlineData("", "append", "in oil")]
    [InlineData("a cat", "append wrap", "photo of a cat, in oil, sharp")]
    [InlineData("a cat", "unknown", "a cat")]
    [InlineData("a cat", "empty", "a cat")]
    public void Apply_Styles_InTheirOrder(string prompt, string names, string expected)
    {
        var styles = new PromptStyles(
        [
            new("append", " in oil ", "blurry"),
            new("wrap", "photo of {prompt}, sharp", "{prompt} twice {prompt}"),
            new("empty", "", ""),
        ]);
        Assert.Equal(expected, styles.Apply(prompt, names.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void ApplyNegative_Styles_UseTheirOwnText()
    {
        var styles = new PromptStyles([new("s", "x", "{prompt} twice {prompt}"), new("t", "x", "blurry")]);
        Assert.Equal("bad twice bad, blurry", styles.ApplyNegative("bad", ["s", "t"]));
    }

    [Fact]
    public void Save_Styles_AreReadBackTheSame()
    {
        PromptStyle[] styles = [new("plain", "a", "b"), new("two, words", "say \"hi\"\nthere", ""), new(" spaced ", " {prompt} ", "\r\nend"), new("\"", "", "\u00e9")];
        new PromptStyles(styles).Save(_path);

        Assert.Equal(styles, PromptStyles.Load(_path).All);
        Assert.StartsWith("\uFEFFname,prompt,negative_prompt\r\nplain,a,b\r\n", System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(_path)));
    }

    [Fact]
    public void Load_LineEndsOfAnyKind_EndRows()
    {
        File.WriteAllText(_path, "name,prompt\ra,1\r\nb,2\nc,3,extra,\n\n");
        Assert.Equal(["a1", "b2", "c3"], PromptStyles.Load(_path).All.Select(style => style.Name + style.Prompt));
    }

    [Fact]
    public void Warnings_UnknownNames_SayWhatMayBeMeant()
    {
        var warnings = new PromptStyles([new("oil", "", ""), new("pencil", "", "")]).Warnings(["oil", "pensil", "photo", "photo"]);
        Assert.Equal(["pensil", "photo"], warnings.Select(warning => warning.Subject));
        Assert.Contains("Did you mean 'pencil'?", warnings[0].Reason);
        Assert.Contains("no style 'photo'", warnings[1].Reason);
    }
}
