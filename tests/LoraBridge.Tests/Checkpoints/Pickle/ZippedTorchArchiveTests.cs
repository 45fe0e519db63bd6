using System.Buffers.Binary;
using System.IO.Compression;
using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints.Pickle;

public sealed class ZippedTorchArchiveTests : IDisposable
{
    private static readonly byte[] s_pickle = new PickleBytes().Op('}').Text("w").Tensor(4, 0, [4], [1]).Op('s').Stopped;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("archive/")]
    [InlineData("any name/with/folders/")]
    [InlineData("")]
    public void Open_AnyFolderName_IsFound(string folder)
    {
        using var file = CheckpointFile.Open(Zip([(folder + "data.pkl", s_pickle), (folder + "data/0", new byte[16])]));
        Assert.Equal("w F32 [4]", file.Tensors.Values.Single().ToString());
    }

    [Fact]
    public void Open_StorageLongerThanNamed_IsAccepted()
    {
        using var file = CheckpointFile.Open(Zip([("a/data.pkl", s_pickle), ("a/data/0", new byte[32])]));
        Assert.Single(file.Tensors);
    }

    [Theory]
    [InlineData("no data.pkl", "a/version")]
    [InlineData("more than one data.pkl", "a/data.pkl", "b/data.pkl")]
    [InlineData("TorchScript", "a/data.pkl", "a/constants.pkl", "a/data/0")]
    [InlineData("the storage '0' is not in the zip", "a/data.pkl", "b/data/0")]
    [InlineData("a/data.pkl stands twice", "a/data.pkl", "a/data.pkl")]
    public void Open_OtherZip_SaysWhatIsAmiss(string reason, params string[] names) =>
        Assert.Contains(reason, Refused(Zip([.. names.Select(name => (name, name.EndsWith("data.pkl", StringComparison.Ordinal) ? s_pickle : new byte[16]))])).Reason);

    [Fact]
    public void Open_StorageShorterThanNamed_IsRefused() =>
        Assert.Contains("should have 4 elements of F32 and has 15 bytes", Refused(Zip([("a/data.pkl", s_pickle), ("a/data/0", new byte[15])])).Reason);

    [Fact]
    public void Open_PickleThatInflatesWithoutEnd_IsRefused()
    {
        var path = Zip([("a/data.pkl", new byte[100 << 20])], CompressionLevel.Optimal);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("would inflate to 104,857,600", Refused(path).Reason);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Open_PickleThatInflatesToLessThanItClaims_IsRefused()
    {
        var path = Zip([("a/data.pkl", s_pickle), ("a/data/0", new byte[16])], CompressionLevel.Optimal);
        PatchDirectory(path, at: 24, length => length + 10);
        Assert.Contains("cannot be inflated", Refused(path).Reason);
    }

    [Theory]
    [InlineData(8, 1u, "is encrypted")]
    [InlineData(10, 12u, "method (number 12)")]
    [InlineData(20, 0x7fffffffu, "lies outside the file")]
    [InlineData(24, 5u, "has two lengths")]
    [InlineData(42, 0x7fffffffu, "lies outside the file")]
    [InlineData(42, 3u, "not where its directory says")]
    [InlineData(0, 0u, "directory is cut short")]
    [InlineData(28, 0xffffffu, "directory is cut short")]
    public void Open_DirectoryThatLies_IsRefused(int at, uint value, string reason)
    {
        var path = Zip([("a/data.pkl", s_pickle), ("a/data/0", new byte[16])]);
        PatchDirectory(path, at, _ => value);
        Assert.Contains(reason, Refused(path).Reason);
    }

    [Fact]
    public void Open_LegacyOfOtherByteOrderOrVersion_IsRefused()
    {
        static byte[] Legacy(long version, byte little) =>
        [
            .. new PickleBytes().Raw(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).Stopped,
            .. new PickleBytes().Long(version).Stopped,
            .. new PickleBytes().Op('}').Text("little_endian").Raw(little).Op('s').Stopped,
            .. new PickleBytes().Op('}').Stopped, .. new PickleBytes().Op(']').Stopped,
        ];
        using (var empty = CheckpointFile.Open(_folder.Write("good.pt", Legacy(1001, 0x88)))) Assert.Empty(empty.Tensors);
        Assert.Contains("unknown version", Refused(_folder.Write("a.pt", Legacy(1002, 0x88))).Reason);
        Assert.Contains("little-endian", Refused(_folder.Write("b.pt", Legacy(1001, 0x89))).Reason);
    }

    private string Zip((string Name, byte[] Data)[] files, CompressionLevel level = CompressionLevel.NoCompression)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.pt");
        if (level == CompressionLevel.NoCompression) Store(path, files);
        else Deflate(path, files, level);
        return path;
    }

    private static void Deflate(string path, (string Name, byte[] Data)[] files, CompressionLevel level)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, data) in files)
        {
            using var entry = zip.CreateEntry(name, level).Open();
            entry.Write(data);
        }
    }

    /// <summary>As torch does it: the bytes as they are, with plain headers that a test can change.</summary>
    private static void Store(string path, (string Name, byte[] Data)[] files)
    {
        using var body = new MemoryStream();
        using var directory = new MemoryStream();
        foreach (var (name, data) in files)
        {
            byte[] local = [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Little(data.Length), .. Little(data.Length), (byte)name.Length, 0, 0, 0];
            directory.Write([0x50, 0x4b, 1, 2, 20, 0, .. local[4..], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Little((int)body.Position), .. name.Select(c => (byte)c)]);
            body.Write([.. local, .. name.Select(c => (byte)c), .. data]);
        }
        byte count = (byte)files.Length;
        File.WriteAllBytes(path,
        [
            .. body.ToArray(), .. directory.ToArray(),
            0x50, 0x4b, 5, 6, 0, 0, 0, 0, count, 0, count, 0, .. Little((int)directory.Length), .. Little((int)body.Length), 0, 0,
        ]);
    }

    /// <summary>Writes a number over one of the first entry's in the directory; of two bytes where the field has two.</summary>
    private static void PatchDirectory(string path, int at, Func<uint, uint> change)
    {
        var bytes = File.ReadAllBytes(path);
        var field = bytes.AsSpan(bytes.AsSpan().IndexOf("PK\u0001\u0002"u8) + at);
        if (at is 8 or 10) BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)change(0));
        else BinaryPrimitives.WriteUInt32LittleEndian(field, change(BinaryPrimitives.ReadUInt32LittleEndian(field)));
        File.WriteAllBytes(path, bytes);
    }

    private static byte[] Little(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    private static CheckpointFormatException Refused(string path) => Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(path));
}
