using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class VocabularySearchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lorabridge-search-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("data/clip/bpe_simple_vocab_16e6.txt")]
    [InlineData("webui/venv/lib/python3.10/site-packages/clip/bpe_simple_vocab_16e6.txt.gz")]
    [InlineData("webui/venv/Lib/site-packages/open_clip/bpe_simple_vocab_16e6.txt.gz")]
    [InlineData("webui/.venv/lib/python3.11/site-packages/open_clip/bpe_simple_vocab_16e6.txt.gz")]
    [InlineData("webui/repositories/some-models/ldm/clip/bpe_simple_vocab_16e6.txt.gz")]
    [InlineData("webui/backend/huggingface/owner/model/tokenizer/merges.txt")]
    [InlineData("webui/.cache/huggingface/hub/models--owner--clip/snapshots/abc/merges.txt")]
    [InlineData("hub/models--owner--clip/snapshots/abc/merges.txt")]
    [InlineData("hub/models--owner--diffusion/snapshots/abc/tokenizer/merges.txt")]
    public void Find_AnySource_IsFound(string place)
    {
        Put(place);
        Assert.Equal("in", ClipVocabulary.Find(Search).Symbol(512));
    }

    [Fact]
    public void Candidates_SeveralSources_AreInTheirOrder()
    {
        string[] places =
        [
            "data/clip/bpe_simple_vocab_16e6.txt",
            "webui/venv/lib/python3.10/site-packages/clip/bpe_simple_vocab_16e6.txt.gz",
            "webui/repositories/x/bpe_simple_vocab_16e6.txt.gz",
            "hub/models--a--b/snapshots/c/merges.txt",
        ];
        foreach (var place in places.Reverse()) Put(place);

        Assert.Equal(places.Select(place => Path.Combine(_folder, place)), Search.Candidates());
    }

    [Fact]
    public void Find_GivenFile_AloneDecides()
    {
        Put("data/clip/bpe_simple_vocab_16e6.txt");
        Assert.Throws<FileNotFoundException>(() => ClipVocabulary.Find(Search with { File = Path.Combine(_folder, "none") }));
        Assert.Equal("in", ClipVocabulary.Find(new() { File = Clip.VocabularyFile }).Symbol(512));
    }

    [Fact]
    public void Find_WrongFile_IsPassedOverForTheNext()
    {
        Put("data/clip/bpe_simple_vocab_16e6.txt", "a b\n");
        Put("hub/models--a--b/snapshots/c/merges.txt");
        Assert.Equal("in", ClipVocabulary.Find(Search).Symbol(512));
    }

    [Fact]
    public void Find_Nothing_NamesEveryCureAndWhatWasRejected()
    {
        Put("data/clip/bpe_simple_vocab_16e6.txt", "a b\n");

        var error = Assert.Throws<VocabularyMissingException>(() => ClipVocabulary.Find(Search));

        Assert.Contains("./lorabridge setup", error.Message);
        Assert.Contains("--vocabulary", error.Message);
        Assert.Contains("--webui-dir", error.Message);
        Assert.Contains("LORABRIDGE_CLIP_VOCABULARY", error.Message);
        Assert.Contains(Path.Combine(_folder, "data"), error.Message);
        Assert.Single(error.Rejected);
    }

    [Fact]
    public void Find_NoPlaceAtAll_SaysTheSameWithoutPlaces()
    {
        var error = Assert.Throws<VocabularyMissingException>(() => ClipVocabulary.Find(new()));
        Assert.DoesNotContain("Looked", error.Message);
    }

    [Fact]
    public void WithEnvironment_Variables_FillWhatIsNotGiven()
    {
        var variables = new Dictionary<string, string> { ["LORABRIDGE_CLIP_VOCABULARY"] = "v.txt", ["HF_HOME"] = "h", ["HOME"] = "u" };

        var search = new VocabularySearch().WithEnvironment(variables.GetValueOrDefault);

        Assert.Equal("v.txt", search.File);
        Assert.Equal([Path.Combine("h", "hub"), Path.Combine("u", ".cache", "huggingface", "hub")], search.HubFolders);
        Assert.Equal("given", new VocabularySearch { File = "given" }.WithEnvironment(variables.GetValueOrDefault).File);
    }

    private VocabularySearch Search => new()
    {
        DataFolder = Path.Combine(_folder, "data"),
        WebUiFolder = Path.Combine(_folder, "webui"),
        HubFolders = [Path.Combine(_folder, "hub")],
    };

    private void Put(string place, string? text = null)
    {
        var path = Path.Combine(_folder, place);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (text is null) File.Copy(Clip.VocabularyFile, path);
        else File.WriteAllText(path, text);
    }
}
