using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints;

public sealed class FileHashesTests : IDisposable
{
    // of "abc", FIPS 180-2, appendix B.1
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private readonly string _folder = Directory.CreateTempSubdirectory("hashes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Sha256_AFileThatChanged_IsHashedAnew()
    {
        var (file, cache) = (Path.Combine(_folder, "a"), Path.Combine(_folder, "cache"));
        File.WriteAllText(file, "abc");
        Assert.Equal(Abc, FileHashes.Sha256(file, cache));
        File.WriteAllText(file, "abcd");
        Assert.NotEqual(Abc, FileHashes.Sha256(file, cache));
    }

    [Fact]
    public void Sha256_TheSameSizeAndTime_IsRemembered()
    {
        var (file, cache) = (Path.Combine(_folder, "a"), Path.Combine(_folder, "cache"));
        File.WriteAllText(file, "abc");
        FileHashes.Sha256(file, cache);
        var time = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, "xyz");
        File.SetLastWriteTimeUtc(file, time);
        Assert.Equal(Abc, FileHashes.Sha256(file, cache));
        Assert.NotEqual(Abc, FileHashes.Sha256(file));
    }

    [Fact]
    public void Sha256_ABrokenMemory_IsForgotten()
    {
        var (file, cache) = (Path.Combine(_folder, "a"), Path.Combine(_folder, "cache"));
        Directory.CreateDirectory(cache);
        File.WriteAllText(Path.Combine(cache, "hashes.json"), "{broken");
        File.WriteAllText(file, "abc");
        Assert.Equal(Abc, FileHashes.Sha256(file, cache));
    }

    [Fact]
    public void Sha256_NoSuchFile_NamesIt() =>
        Assert.Contains("nothing-here", Assert.Throws<FileNotFoundException>(() => FileHashes.Sha256(Path.Combine(_folder, "nothing-here"))).Message, StringComparison.Ordinal);
}
