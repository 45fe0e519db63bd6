using LoraBridge.Server.Commands;

namespace LoraBridge.Server.Tests.Commands;

public sealed class OutputNamesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("names-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Free_ANameThatIsTaken_CountsUpToTheFirstFreeOne()
    {
        var asked = Path.Combine(_folder, "a.b.png");

        Assert.Equal(asked, OutputNames.Free(asked));
        File.WriteAllText(asked, "");
        Assert.Equal(Path.Combine(_folder, "a.b-2.png"), OutputNames.Free(asked));
        File.WriteAllText(Path.Combine(_folder, "a.b-2.png"), "");
        Directory.CreateDirectory(Path.Combine(_folder, "a.b-3.png"));
        Assert.Equal(Path.Combine(_folder, "a.b-4.png"), OutputNames.Free(asked));
    }

    [Theory]
    [InlineData("a.gif")]
    [InlineData("a")]
    [InlineData("")]
    public void Check_ANameOfNoPicture_NamesTheKindsThereAre(string name)
    {
        Assert.Contains(".png, .jpg", Assert.Throws<FormatException>(() => OutputNames.Check(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AFolder_IsRefused()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "a.png")).FullName;

        Assert.Throws<FormatException>(() => OutputNames.Check(folder));
    }

    [Fact]
    public void Check_APicture_BecomesAFullPath() => Assert.Equal(Path.GetFullPath("x/A.PNG"), OutputNames.Check("x/A.PNG"));
}
