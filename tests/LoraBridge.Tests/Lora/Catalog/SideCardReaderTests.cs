using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class SideCardReaderTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    public SideCardReaderTests() => _folder.Write("a.b.pt", "x");

    public void Dispose() => _folder.Dispose();

    private SideCard Read() => SideCardReader.Read(FolderWalk.Of([_folder.Root]).Files.Single()).Card;

    [Fact]
    public void Read_TheWebUisCard_HasAllOfIt()
    {
        _folder.Write("a.b.json", """{"description": "d", "sd version": "SDXL", "activation text": "sks cat", "preferred weight": 0.8, "negative text": "blurry", "notes": "n", "other": [1]}""");
        Assert.Equal(new SideCard { Description = "d", Family = ModelFamily.StableDiffusionXL, ActivationText = "sks cat", PreferredWeight = 0.8, NegativeText = "blurry", Notes = "n" }, Read());
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("\"0.5\"", 0.5)]
    [InlineData("\"heavy\"", null)]
    [InlineData("-1", -1.0)]
    [InlineData("null", null)]
    [InlineData("1e999", null)]
    public void Read_PreferredWeight_IsANumberOrNone(string json, double? expected)
    {
        _folder.Write("a.b.json", $"{{\"preferred weight\": {json}}}");
        Assert.Equal(expected, Read().PreferredWeight);
    }

    [Fact]
    public void Read_Description_IsTheJsons_ThenTheTexts_ThenTheDescriptions()
    {
        _folder.Write("a.b.description.txt", "third");
        Assert.Equal("third", Read().Description);
        _folder.Write("a.b.txt", "second");
        Assert.Equal("second", Read().Description);
        _folder.Write("a.b.json", "{\"description\": \"first\"}");
        Assert.Equal("first", Read().Description);
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("[]")]
    [InlineData("{\"notes\": \"\\ud800\"}")]
    public void Read_ABrokenCard_SaysSo(string json)
    {
        _folder.Write("a.b.json", json);
        Assert.Contains("a.b.pt", Read().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AHugeCard_IsNotRead()
    {
        _folder.Write("a.b.txt", new string('x', (int)SideCardReader.MaxLength + 1));
        Assert.Contains("bytes", Read().Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("{}")]
    [InlineData("{\"sd version\": \"SD9\", /* by hand */ \"notes\": [],}")]
    public void Read_ACardOfNothing_IsNone(string json)
    {
        _folder.Write("a.b.json", json);
        Assert.Equal(SideCard.None, Read());
    }
}
