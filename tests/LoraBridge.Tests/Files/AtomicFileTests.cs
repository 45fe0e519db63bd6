using LoraBridge.Files;
using LoraBridge.Tests.Checkpoints;

namespace LoraBridge.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commit_NewFile_LeavesItAlone()
    {
        using (var file = new AtomicFile(_folder.File("a")))
        {
            file.Stream.Write([1, 2, 3]);
            Assert.False(File.Exists(_folder.File("a")));
            file.Commit();
        }
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_folder.File("a")));
        Assert.Equal(["a"], _folder.Names);
    }

    [Fact]
    public void Leftovers_OfAKilledProcess_AreTheNeighboursAndNothingElse()
    {
        _folder.Write(".notes.tmp", [1]);
        _folder.Write("a.tmp", [1]);
        using var file = new AtomicFile(_folder.File("b"));
        Assert.Matches("^\\.[0-9a-f]{32}\\.tmp$", Path.GetFileName(Assert.Single(AtomicFile.Leftovers(Path.GetDirectoryName(_folder.File("b"))!))));
    }

    [Fact]
    public void Commit_OldFile_IsReplaced()
    {
        var path = _folder.Write("a", [9, 9, 9, 9, 9]);
        using (var file = new AtomicFile(path))
        {
            file.Stream.Write([1]);
            file.Commit();
        }
        Assert.Equal([1], File.ReadAllBytes(path));
    }

    [Fact]
    public void Commit_OldFileOpenForReading_KeepsItsReader()
    {
        var path = _folder.Write("a", [9, 9]);
        using var reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        using (var file = new AtomicFile(path))
        {
            file.Stream.Write([1]);
            file.Commit();
        }
        Assert.Equal([9], new[] { (byte)reader.ReadByte() });
        Assert.Equal([1], File.ReadAllBytes(path));
    }

    [Fact]
    public void Dispose_Uncommitted_KeepsTheOldFileAndRemovesTheNew()
    {
        var path = _folder.Write("a", [9]);
        using (var file = new AtomicFile(path)) file.Stream.Write(new byte[1_000_000]);     // as when an exception flies by
        Assert.Equal([9], File.ReadAllBytes(path));
        Assert.Equal(["a"], _folder.Names);
    }

    [Fact]
    public void Open_NameOfTheGreatestLength_IsWritable()
    {
        var path = _folder.File(new string('n', 255));
        using (var file = new AtomicFile(path)) file.Commit();
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void Open_NoSuchFolder_NamesIt() =>
        Assert.Contains("nowhere", Assert.Throws<DirectoryNotFoundException>(() => new AtomicFile(_folder.File("nowhere/a"))).Message);

    [Fact]
    public void Open_NameOfAFolder_IsRefused()
    {
        Directory.CreateDirectory(_folder.File("a"));
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => new AtomicFile(_folder.File("a"))).Message);
        Assert.Equal(["a"], _folder.Names);
    }

    [Fact]
    public void Copy_File_AppearsWithTheSameBytesAndReplaces()
    {
        var (from, to) = (_folder.Write("a", [1, 2, 3]), _folder.Write("b", [9, 9, 9, 9]));
        AtomicFile.Copy(from, to);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(to));
        Assert.Equal(["a", "b"], _folder.Names);
    }

    [Fact]
    public void Copy_OfNothing_LeavesWhatThereIs()
    {
        var to = _folder.Write("b", [9]);
        Assert.Throws<FileNotFoundException>(() => AtomicFile.Copy(_folder.File("a"), to));
        Assert.Equal([9], File.ReadAllBytes(to));
    }
}
