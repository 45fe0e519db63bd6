using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class LoraCatalogTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static (string, string) Named(string alias) => ("ss_output_name", alias);

    private static string? PathOf(LoraCatalog catalog, string text) => catalog.Find(text)?.RelativePath;

    [Fact]
    public void Entry_TellsOfFileHeaderAndNotes()
    {
        var path = _folder.Adapter("people/my.lora.v1.safetensors", Named("Mine"), ("ss_base_model_version", "sd_v1"));
        _folder.Write("people/my.lora.v1.json", """{"activation text": "sks", "sd version": "SD2"}""");
        _folder.Write("people/my.lora.v1.preview.png", "x");
        using var catalog = _folder.Open();
        var entry = Assert.Single(catalog.Entries);
        Assert.Equal(("my.lora.v1", "Mine", path, "people/my.lora.v1.safetensors", _folder.Root), (entry.Name, entry.Alias, entry.FullPath, entry.RelativePath, entry.Folder));
        Assert.Equal((new FileInfo(path).Length, File.GetLastWriteTimeUtc(path)), (entry.SizeInBytes, entry.ModifiedUtc));
        Assert.Equal((ModelFamily.StableDiffusion2, FamilyEvidence.SideCard, ModelFamily.StableDiffusion1), (entry.Family, entry.FamilyEvidence, entry.Header.Family));
        Assert.Equal(("sks", _folder["people/my.lora.v1.preview.png"]), (entry.SideCard.ActivationText, entry.PreviewPath));
        Assert.Equal(["ss_output_name", "ss_base_model_version"], entry.ReadMetadata().Keys);
        Assert.Equal((null, HashState.Missing, null), (entry.ShortHash, entry.HashState, entry.Problem));
        Assert.Empty(catalog.Problems);
    }

    [Fact]
    public void Find_NameAndAlias_AreExact()
    {
        _folder.Adapter("file.safetensors", Named("Alias"));
        using var catalog = _folder.Open();
        Assert.Equal("file.safetensors", PathOf(catalog, "file"));
        Assert.Equal("file.safetensors", PathOf(catalog, "Alias"));
        foreach (var text in new[] { "File", "alias", "file.safetensors", " file", "file ", "", "Alias\0" }) Assert.Null(catalog.Find(text));
    }

    [Theory]
    [InlineData("../outside/secret")]
    [InlineData("sub/inner")]
    [InlineData("*")]
    [InlineData("/etc/passwd")]
    public void Find_APath_IsNoName(string text)
    {
        _folder.Adapter("sub/inner.safetensors");
        File.Copy(_folder["sub/inner.safetensors"], Path.Combine(_folder.Outside, "secret.safetensors"));
        using var catalog = _folder.Open();
        Assert.Null(catalog.Find(text));
        Assert.Null(catalog.Find("secret"));
        Assert.NotNull(catalog.Find("inner"));
    }

    [Fact]
    public void Find_TheLaterOfOneName_Wins()
    {
        _folder.Adapter("b/same.safetensors", Named("first"));
        _folder.Adapter("a.safetensors");
        _folder.Adapter("c/same.pt.safetensors");
        _folder.Adapter("c/same.safetensors", Named("second"));
        using var catalog = _folder.Open();
        Assert.Equal("c/same.safetensors", PathOf(catalog, "same"));
        Assert.Equal("b/same.safetensors", PathOf(catalog, "first"));           // hidden by name, and yet called by its alias
        Assert.Equal(["a", "same", "same.pt"], catalog.Entries.Select(entry => entry.Name));
        Assert.Equal(["b/same.safetensors"], catalog.Shadowed.Select(entry => entry.RelativePath));
    }

    [Fact]
    public void Find_TheLaterFolder_Wins()
    {
        _folder.Adapter("z/same.safetensors");
        File.Copy(_folder["z/same.safetensors"], Path.Combine(_folder.Outside, "same.safetensors"));
        using var catalog = LoraCatalog.Open(_folder.Options with { Folders = [_folder.Root, _folder.Outside] });
        Assert.Equal(_folder.Outside, catalog.Find("same")!.Folder);
    }

    [Fact]
    public void Find_AnAliasTakenTwice_IsForbidden_InAnyCase()
    {
        _folder.Adapter("one.safetensors", Named("Style"));
        _folder.Adapter("two.safetensors", Named("Style"));
        using var catalog = _folder.Open();
        Assert.Null(catalog.Find("Style"));
        Assert.Equal("one", catalog.PreferredName(catalog.Find("one")!, preferFileName: false));
        // compared in lower case, so a file of the name in other letters is found by its name alone
        _folder.Adapter("sub/STYLE.safetensors", Named("third"));
        Assert.Equal("sub/STYLE.safetensors", PathOf(catalog, "STYLE"));
        Assert.Null(catalog.Find("style"));
    }

    [Fact]
    public void Find_AnAliasThatAnEarlierNameHas_IsForbidden_AndTheFileOfThatNameIsMeant()
    {
        _folder.Adapter("a.safetensors");
        _folder.Adapter("b.safetensors", Named("a"));
        using var catalog = _folder.Open();
        Assert.Equal("a.safetensors", PathOf(catalog, "a"));
        Assert.Equal("b", catalog.PreferredName(catalog.Find("b")!, preferFileName: false));
    }

    [Fact]
    public void Find_ANameThatAnEarlierAliasHas_IsTheLaterFile()
    {
        _folder.Adapter("a.safetensors", Named("b"));
        _folder.Adapter("b.safetensors", Named("other"));
        using var catalog = _folder.Open();
        Assert.Equal("b.safetensors", PathOf(catalog, "b"));
        Assert.Equal("a", catalog.PreferredName(catalog.Find("a")!, preferFileName: false));
    }

    [Fact]
    public void Find_None_IsForbidden_UnlessAFileHasThatName()
    {
        _folder.Adapter("a.safetensors", Named("None"));
        using var catalog = _folder.Open();
        Assert.Null(catalog.Find("None"));
        Assert.Null(catalog.Find("none"));
        Assert.Equal("a", catalog.PreferredName(catalog.Find("a")!, preferFileName: false));
        _folder.Adapter("none.safetensors");
        Assert.Equal("none.safetensors", PathOf(catalog, "none"));
    }

    [Fact]
    public void PreferredName_IsTheAliasOrTheFileName()
    {
        _folder.Adapter("file.safetensors", Named("Alias"));
        using var catalog = _folder.Open();
        Assert.Equal("Alias", catalog.PreferredName(catalog.Entries[0], preferFileName: false));
        Assert.Equal("file", catalog.PreferredName(catalog.Entries[0], preferFileName: true));
    }

    [Fact]
    public void Find_ComposedAndDecomposedLetters_AreDifferentNames()
    {
        _folder.Adapter("caf\u00e9.safetensors");
        _folder.Adapter("cafe\u0301 2.safetensors");
        using var catalog = _folder.Open();
        Assert.NotNull(catalog.Find("caf\u00e9"));
        Assert.Null(catalog.Find("cafe\u0301"));
        Assert.NotNull(catalog.Find("cafe\u0301 2"));
    }

    [Fact]
    public void Find_AFileJustWritten_IsFoundByName_WithoutReadingTheOthers()
    {
        _folder.Adapter("old.safetensors");
        using var catalog = _folder.Open();
        _folder.Adapter("new.safetensors");
        _folder.Adapter("another.safetensors");
        Assert.NotNull(catalog.Find("new"));
        Assert.Equal(["new", "old"], catalog.Entries.Select(entry => entry.Name));
        Assert.NotNull(catalog.Find("another"));
    }

    [Fact]
    public void Find_AFileJustWritten_IsFoundByItsAlias()
    {
        using var catalog = _folder.Open();
        _folder.Adapter("new.safetensors", Named("Fresh"));
        Assert.Equal("new", catalog.Find("Fresh")?.Name);
    }

    [Fact]
    public void Suggest_NamesTheNearest_ButNoneThatDoesNotResolve()
    {
        _folder.Adapter("Watercolor.safetensors", Named("aquarelle"));
        _folder.Adapter("x.safetensors", Named("twin"));
        _folder.Adapter("y.safetensors", Named("twin"));
        using var catalog = _folder.Open();
        Assert.Equal(["Watercolor"], catalog.Suggest("watercolor"));
        Assert.Equal(["aquarelle"], catalog.Suggest("aquarele"));
        Assert.Empty(catalog.Suggest("Twin"));
    }

    [Fact]
    public void Entries_BrokenFiles_AreListedWithAReason_AndHealWhenReplaced()
    {
        _folder.Write("broken.safetensors", "no");
        _folder.Adapter("fine.safetensors");
        using var catalog = _folder.Open();
        var broken = catalog.Find("broken")!;
        Assert.NotNull(broken.Problem);
        Assert.Empty(broken.ReadMetadata());
        Assert.Null(catalog.Find("fine")!.Problem);

        _folder.Adapter("broken.safetensors");
        Assert.True(catalog.Refresh());
        Assert.Null(catalog.Find("broken")!.Problem);
    }

    [Fact]
    public void Refresh_NothingChanged_KeepsTheEntries()
    {
        _folder.Adapter("a.safetensors");
        _folder.Write("broken.safetensors", "no");
        using var catalog = _folder.Open();
        var before = catalog.Entries;
        Assert.False(catalog.Refresh());
        Assert.Same(before, catalog.Entries);
    }

    [Fact]
    public void Refresh_NoticesEachChange_AndTellsOfIt()
    {
        _folder.Adapter("a.safetensors", Named("one"));
        using var catalog = _folder.Open();
        var changes = 0;
        catalog.Changed += (_, _) => changes++;
        var expected = 0;

        _folder.Adapter("a.safetensors", Named("another"));                     // metadata edited
        AssertChanged(() => Assert.NotNull(catalog.Find("another")));
        _folder.Write("a.json", """{"notes": "n"}""");
        AssertChanged(() => Assert.Equal("n", catalog.Find("a")!.SideCard.Notes));
        _folder.Write("a.json", """{"notes": "longer"}""");
        AssertChanged(() => Assert.Equal("longer", catalog.Find("a")!.SideCard.Notes));
        File.Delete(_folder["a.json"]);
        AssertChanged(() => Assert.Equal(SideCard.None, catalog.Find("a")!.SideCard));
        _folder.Write("a.png", "x");
        AssertChanged(() => Assert.NotNull(catalog.Find("a")!.PreviewPath));
        File.Move(_folder["a.safetensors"], _folder["b.safetensors"]);
        AssertChanged(() => Assert.Equal(["b"], catalog.Entries.Select(entry => entry.Name)));
        File.Delete(_folder["b.safetensors"]);
        AssertChanged(() => Assert.Empty(catalog.Entries));

        void AssertChanged(Action check)
        {
            Assert.True(catalog.Refresh());
            Assert.Equal(++expected, changes);
            check();
        }
    }

    [Fact]
    public void Open_AMissingFolder_SaysSo_AndFindsItWhenItIsMade()
    {
        using var catalog = LoraCatalog.Open(_folder.Options with { Folders = [_folder["later"]] });
        Assert.Empty(catalog.Entries);
        Assert.Single(catalog.Problems);
        _folder.Adapter("later/a.safetensors");
        Assert.NotNull(catalog.Find("a"));
        Assert.Empty(catalog.Problems);
    }

    [Fact]
    public void Open_NoFolder_IsRefused() => Assert.Throws<ArgumentException>(() => LoraCatalog.Open(_folder.Options with { Folders = [] }));

    [Fact]
    public void Find_FromManyThreads_WhileFilesComeAndGo_NeverFails()
    {
        _folder.Adapter("stays.safetensors");
        using var catalog = _folder.Open();
        Parallel.For(0, 40, i =>
        {
            _folder.Adapter($"new{i}.safetensors");
            Assert.NotNull(catalog.Find($"new{i}"));
            Assert.NotNull(catalog.Find("stays"));
            if (i % 3 == 0) catalog.Refresh();
        });
        catalog.Refresh();
        Assert.Equal(41, catalog.Entries.Count);
    }
}
