using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class LoraCatalogCacheTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Index => Directory.GetFiles(_folder.Cache).Single();

    /// <summary>Puts other bytes into a file without a trace: what then is told of it comes from the index.</summary>
    private void Swap(string relative, byte[] bytes)
    {
        var time = File.GetLastWriteTimeUtc(_folder[relative]);
        Assert.Equal(new FileInfo(_folder[relative]).Length, bytes.Length);
        using (var stream = File.OpenWrite(_folder[relative])) stream.Write(bytes);
        File.SetLastWriteTimeUtc(_folder[relative], time);
    }

    [Fact]
    public void Open_KnownFiles_AreNotReadAgain()
    {
        var bytes = File.ReadAllBytes(_folder.Adapter("a.safetensors", ("ss_output_name", "one")));
        _folder.Write("a.txt", "text");
        _folder.Open().Dispose();
        var index = File.ReadAllBytes(Index);
        Swap("a.safetensors", new byte[bytes.Length]);
        using var catalog = _folder.Open();
        var entry = Assert.Single(catalog.Entries);
        Assert.Equal(("one", 4, "text", null), (entry.Alias, entry.Header.MinRank, entry.SideCard.Description, entry.Problem));
        Assert.Equal(index, File.ReadAllBytes(Index));
    }

    [Fact]
    public void Open_AChangedFile_IsReadAgain()
    {
        _folder.Adapter("a.safetensors", ("ss_output_name", "one"));
        _folder.Open().Dispose();
        _folder.Adapter("a.safetensors", ("ss_output_name", "another"));
        using var catalog = _folder.Open();
        Assert.Equal("another", catalog.Entries[0].Alias);
    }

    [Fact]
    public void Open_ChangedNotes_AreReadAgain_AndTheFileIsNot()
    {
        var bytes = File.ReadAllBytes(_folder.Adapter("a.safetensors", ("ss_output_name", "one")));
        _folder.Write("a.txt", "text");
        _folder.Open().Dispose();
        _folder.Write("a.txt", "longer text");
        Swap("a.safetensors", new byte[bytes.Length]);
        using var catalog = _folder.Open();
        Assert.Equal(("one", "longer text"), (catalog.Entries[0].Alias, catalog.Entries[0].SideCard.Description));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("LBloras9 of a version to come, of which nothing is known")]
    public void Open_AnIndexThatIsNone_IsBuiltAnew(string content)
    {
        _folder.Adapter("a.safetensors");
        _folder.Open().Dispose();
        var good = File.ReadAllBytes(Index);
        File.WriteAllText(Index, content);
        using var catalog = _folder.Open();
        Assert.Null(Assert.Single(catalog.Entries).Problem);
        Assert.Empty(catalog.Problems);
        Assert.Equal(good, File.ReadAllBytes(Index));
    }

    [Fact]
    public void Open_WhereNoIndexCanBeWritten_WorksAndSaysSo()
    {
        _folder.Adapter("a.safetensors");
        File.WriteAllText(_folder.Cache, "a file in the folder's place");
        using var catalog = _folder.Open();
        Assert.Single(catalog.Entries);
        Assert.Contains("cannot be written", Assert.Single(catalog.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithoutACache_WritesNothing()
    {
        _folder.Adapter("a.safetensors");
        using var catalog = LoraCatalog.Open(_folder.Options with { CacheFolder = null });
        Assert.Single(catalog.Entries);
        Assert.False(Directory.Exists(_folder.Cache));
    }

    [Fact]
    public void Refresh_FilesThatAreGone_LeaveTheIndex()
    {
        _folder.Adapter("a.safetensors");
        _folder.Adapter("b.safetensors");
        using var catalog = _folder.Open();
        File.Delete(_folder["a.safetensors"]);
        catalog.Refresh();
        Assert.Equal([_folder["b.safetensors"]], IndexFormat.Read(File.ReadAllBytes(Index)).Keys);
    }

    [Fact]
    public void Open_TwoCataloguesOfOneIndex_KeepEachOthersHashes()
    {
        _folder.Adapter("a.safetensors");
        _folder.Adapter("b.safetensors");
        using var first = _folder.Open();
        using var second = _folder.Open();
        first.HashOf(first.Find("a")!);
        second.HashOf(second.Find("b")!);
        using var third = _folder.Open();
        Assert.All(third.Entries, entry => Assert.Equal(HashState.Computed, entry.HashState));
    }
}
