using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

/// <summary>With the system's real notices; each waits for what must come, and never for a time.</summary>
public sealed class LoraCatalogWatchTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private LoraCatalog Watched(string? folder = null) => LoraCatalog.Open(_folder.Options with
    {
        Folders = [folder ?? _folder.Root],
        Watch = true,
        Quiet = TimeSpan.FromMilliseconds(20),
        PollWhenUnwatched = TimeSpan.FromMilliseconds(50),
    });

    private static void Await(LoraCatalog catalog, Func<bool> condition)
    {
        using var changed = new AutoResetEvent(false);
        EventHandler handler = (_, _) => changed.Set();
        catalog.Changed += handler;
        while (!condition()) Assert.True(changed.WaitOne(s_patience), "no change was noticed");
        catalog.Changed -= handler;
    }

    [Fact]
    public void Watch_FilesAndNotes_AreNoticedByThemselves()
    {
        _folder.Adapter("sub/a.safetensors");
        using var catalog = Watched();
        _folder.Adapter("sub/b.safetensors");
        Await(catalog, () => catalog.Entries.Count == 2);
        _folder.Write("sub/b.json", """{"notes": "n"}""");
        Await(catalog, () => catalog.Entries[1].SideCard.Notes == "n");
        File.Move(_folder["sub/b.safetensors"], _folder["sub/c.safetensors"]);
        Await(catalog, () => catalog.Entries[1].Name == "c");
        File.Delete(_folder["sub/a.safetensors"]);
        Await(catalog, () => catalog.Entries.Count == 1);
        _folder.Adapter("new folder/d.safetensors");
        Await(catalog, () => catalog.Entries.Count == 2);
    }

    [Fact]
    public void Watch_FoldersBehindLinks_AreWatchedToo()
    {
        Directory.CreateSymbolicLink(_folder["link"], _folder.Outside);
        using var catalog = Watched();
        File.Copy(_folder.Adapter("a.safetensors"), Path.Combine(_folder.Outside, "b.safetensors"));
        Await(catalog, () => catalog.Entries.Count == 2);
        File.Delete(Path.Combine(_folder.Outside, "b.safetensors"));
        Await(catalog, () => catalog.Entries.Count == 1);
    }

    [Fact]
    public void Watch_AFolderMadeLater_IsPolledAndThenWatched()
    {
        using var catalog = Watched(_folder["later"]);
        _folder.Adapter("later/a.safetensors");
        Await(catalog, () => catalog.Entries.Count == 1 && catalog.Problems.Count == 0);
        _folder.Adapter("later/b.safetensors");
        Await(catalog, () => catalog.Entries.Count == 2);
    }

    [Fact]
    public void Watch_AFolderReplaced_IsWatchedAgain()
    {
        _folder.Adapter("dir/a.safetensors");
        using var catalog = Watched(_folder["dir"]);
        Directory.Delete(_folder["dir"], recursive: true);
        Await(catalog, () => catalog.Entries.Count == 0 && catalog.Problems.Count == 1);
        _folder.Adapter("dir/b.safetensors");
        Await(catalog, () => catalog.Entries.Count == 1);
        _folder.Adapter("dir/c.safetensors");
        Await(catalog, () => catalog.Entries.Count == 2);
    }

    [Fact]
    public void Dispose_EndsTheWatch_AndKeepsWhatWasFound()
    {
        _folder.Adapter("a.safetensors");
        var catalog = Watched();
        catalog.Dispose();
        Assert.NotNull(catalog.Find("a"));
    }
}
