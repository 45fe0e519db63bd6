using LoraBridge.Imaging;
using LoraBridge.Server.Commands;

namespace LoraBridge.Server.Tests.Commands;

public sealed class OutputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("output-").FullName;
    private readonly Picture _picture = new(2, 1, 3, [1, 2, 3, 4, 5, 6]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_ANameThatIsTaken_CountsUpToTheFirstFreeOne()
    {
        var file = new OutputFile(Path.Combine(_folder, "a.b.png"), new DataFolder(_folder));
        Directory.CreateDirectory(Path.Combine(_folder, "a.b-2.png"));

        var paths = new[] { file.Write(_picture, 1), file.Write(_picture, 2), file.Write(_picture, 3) };

        Assert.Equal(new[] { "a.b.png", "a.b-3.png", "a.b-4.png" }, paths.Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void Write_WithoutAName_IsCalledByItsSeedInTheDataFolder()
    {
        var data = new DataFolder(Path.Combine(_folder, "data"));
        var file = new OutputFile(null, data);
        file.CheckThatItCanBeWritten();

        Assert.Equal(Path.Combine(data.Outputs, "42.png"), file.Write(_picture, 42));
    }

    [Theory]
    [InlineData("a.PNG", PictureFormat.Png)]
    [InlineData("a.jpg", PictureFormat.Jpeg)]
    [InlineData("a.webp", PictureFormat.WebP)]
    public void Write_AnyExtension_WritesItsFormat(string name, PictureFormat format)
    {
        var file = new OutputFile(OutputFile.Read(Path.Combine(_folder, name)), new DataFolder(_folder));
        file.CheckThatItCanBeWritten();

        Assert.Equal(format, PictureFile.Probe(file.Write(_picture, 1)).Format);
    }

    [Fact]
    public void CheckThatItCanBeWritten_AFolderThatIsAFile_SaysSo()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");

        var refused = Assert.Throws<CommandException>(() => new OutputFile(Path.Combine(file, "a.png"), new DataFolder(_folder)).CheckThatItCanBeWritten());

        Assert.StartsWith($"--out: cannot write in '{file}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.gif")]
    [InlineData("a")]
    [InlineData("")]
    public void Read_ANameOfNoPicture_NamesTheKindsThereAre(string name)
    {
        Assert.Contains(".png, .jpg", Assert.Throws<FormatException>(() => OutputFile.Read(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AFolder_IsRefused()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "a.png")).FullName;

        Assert.Throws<FormatException>(() => OutputFile.Read(folder));
    }
}
