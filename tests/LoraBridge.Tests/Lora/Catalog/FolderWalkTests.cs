using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class FolderWalkTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Paths => [.. Walk.Files.Select(file => file.RelativePath)];

    private FolderWalk Walk => FolderWalk.Of([_folder.Root]);

    [Fact]
    public void Of_TakesAdaptersByTheirExtension_InAnyCase()
    {
        foreach (var name in new[] { "a.safetensors", "b.PT", "c.Ckpt", "d.bin", "e.safetensors.part", "f.txt", ".safetensors", ".tmp", "g.SafeTensors" }) _folder.Write(name, "x");
        Assert.Equal(["a.safetensors", "b.PT", "c.Ckpt", "g.SafeTensors"], Paths);
    }

    [Fact]
    public void Name_IsTheFileNameUpToTheLastDot()
    {
        foreach (var name in new[] { "my.lora.v1.safetensors", ".hidden.pt", "ünïcode é.ckpt" }) _folder.Write(name, "x");
        Assert.Equal([".hidden", "my.lora.v1", "ünïcode é"], Walk.Files.Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Of_GoesFolderByFolder_InNaturalOrder()
    {
        foreach (var name in new[] { "b10.pt", "b9.pt", "z/a.pt", "sub10/a.pt", "sub9/b.pt", "sub9/A.pt", "sub9/deep/a.pt", "C.pt" }) _folder.Write(name, "x");
        Assert.Equal(["b9.pt", "b10.pt", "C.pt", "sub9/A.pt", "sub9/b.pt", "sub9/deep/a.pt", "sub10/a.pt", "z/a.pt"], Paths);
    }

    [Fact]
    public void Of_SeveralFolders_KeepTheirOrder_AndAFolderWithinAnotherIsWalkedOnce()
    {
        _folder.Write("z.pt", "x");
        _folder.Write("inner/b.pt", "x");
        File.WriteAllText(Path.Combine(_folder.Outside, "a.pt"), "x");
        var walk = FolderWalk.Of([_folder.Root, _folder.Outside, _folder["inner"]]);
        Assert.Equal(["z.pt", "inner/b.pt", "a.pt"], walk.Files.Select(file => file.RelativePath));
        Assert.Equal([_folder.Root, _folder.Root, _folder.Outside], walk.Files.Select(file => file.Folder));
    }

    [Fact]
    public void Of_FollowsLinks_ToFoldersAndFiles()
    {
        var target = Path.Combine(_folder.Outside, "target.pt");
        File.WriteAllText(target, "four");
        Directory.CreateSymbolicLink(_folder["linked"], _folder.Outside);
        File.CreateSymbolicLink(_folder["one.pt"], target);
        var walk = Walk;
        Assert.Equal(["one.pt", "linked/target.pt"], walk.Files.Select(file => file.RelativePath));
        Assert.All(walk.Files, file => Assert.Equal(FileStamp.Of(new(target)), file.Stamp));
        Assert.Equal([RealPath.Of(_folder.Outside)], walk.LinkedFolders);
        Assert.Equal(walk.Files[0].Stamp, FolderListing.StampOf(_folder["one.pt"]));
    }

    [Fact]
    public void Of_LinksInACircle_WalksEachFolderOnce()
    {
        _folder.Write("sub/a.pt", "x");
        Directory.CreateSymbolicLink(_folder["sub/up"], _folder.Root);
        Directory.CreateSymbolicLink(_folder["sub/self"], _folder["sub"]);
        Directory.CreateSymbolicLink(_folder["again"], _folder["sub"]);       // before "sub" by name, and yet not its way in
        Assert.Equal(["sub/a.pt"], Paths);
    }

    [Fact]
    public void Of_LinksThatNeverEnd_AreNoFolders()
    {
        File.CreateSymbolicLink(_folder["a"], _folder["b"]);
        File.CreateSymbolicLink(_folder["b"], _folder["a"]);
        File.CreateSymbolicLink(_folder["c.pt"], _folder["a"]);
        File.CreateSymbolicLink(_folder["gone.pt"], _folder["nothing"]);
        _folder.Write("ok.pt", "x");
        var walk = Walk;
        Assert.Equal(["c.pt", "gone.pt", "ok.pt"], walk.Files.Select(file => file.RelativePath));
        Assert.Equal([-1, -1, 1], walk.Files.Select(file => file.Stamp.Size));
    }

    [Fact]
    public void Of_AFolderThatMayNotBeRead_SaysSo_AndGoesOn()
    {
        _folder.Write("a.pt", "x");
        _folder.Write("locked/b.pt", "x");
        _folder.Write("other/c.pt", "x");
        var walk = FolderWalk.Of([_folder.Root], folder => folder == _folder["locked"] ? throw new UnauthorizedAccessException("not for you") : FolderListing.Of(folder));
        Assert.Equal(["a.pt", "other/c.pt"], walk.Files.Select(file => file.RelativePath));
        Assert.Equal($"The folder {_folder["locked"]} cannot be read: not for you", Assert.Single(walk.Problems));
    }

    [Fact]
    public void Of_AMissingFolder_SaysSo()
    {
        var walk = FolderWalk.Of([_folder["absent"]]);
        Assert.Empty(walk.Files);
        Assert.Contains("does not exist", Assert.Single(walk.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FindsWhatStandsBesideAnAdapter()
    {
        foreach (var name in new[] { "a.b.pt", "a.b.json", "a.b.txt", "a.b.description.txt", "a.b.preview.png", "a.b.jpg", "a.json", "b.png", "c.pt", "c.gif", "c.preview.webp" }) _folder.Write(name, name);
        var files = Walk.Files;
        Assert.Equal(new SideStamps(Stamp("a.b.json"), Stamp("a.b.txt"), Stamp("a.b.description.txt")), files[0].Sides);
        Assert.Equal(_folder["a.b.preview.png"], files[0].PreviewPath);         // png goes before jpg
        Assert.Equal(default, files[1].Sides);
        Assert.Equal(_folder["c.preview.webp"], files[1].PreviewPath);

        FileStamp Stamp(string name) => FileStamp.Of(new(_folder[name]));
    }

    [Fact]
    public void RealPath_HasNoLinkInAnyPart()
    {
        Directory.CreateDirectory(_folder["real/deep"]);
        Directory.CreateSymbolicLink(_folder["first"], _folder["real"]);
        Directory.CreateSymbolicLink(_folder["second"], "first");
        Assert.Equal(RealPath.Of(_folder["real/deep"]), RealPath.Of(_folder["second/deep"]));
        Assert.Equal(RealPath.Of(_folder["real"]) + "/nothing", RealPath.Of(_folder["second/nothing"]).Replace('\\', '/'));
    }
}
