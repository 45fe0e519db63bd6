using System.Security.Cryptography;
using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints;

public sealed class CheckpointHashesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lora_VectorA_IsTheReferences()
    {
        var path = VectorFile(TensorType.F16, "003c" + "003c00400042004400450046" + "003800b80000003c004000c0");

        Assert.Equal("11ee286b46a088f239f616a5f3cd5c56c32b456cb1418234e7d48b288ff25154", CheckpointHashes.Sha256(path));
        using var file = SafetensorsFile.Open(path);
        var hashes = CheckpointHashes.Lora(file);
        Assert.Equal("d8c1b5778d9d4a7e393d7e2355423cb78a310f125bbd22d3e6f510647117603b", hashes.Model);
        Assert.Equal("d8c1b5778d9d", hashes.AutoV3);
        Assert.Equal("e3b0c442", hashes.Legacy);
    }

    [Fact]
    public void Lora_VectorB_IsTheReferences()
    {
        var path = VectorFile(TensorType.I64, "0100000000000000" + "003c00400042004400450046" + "003800b80000003c004000c0");

        Assert.Equal("a76ad0a11c8786375255e4d13257d0416a2cf484628cf7aee05783d573bde7ad", CheckpointHashes.Sha256(path));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal("663fae1aff2451e9779fbcb4ede098298b389b7ccbc2ce3f30b56fea9884f680", CheckpointHashes.Lora(file).Model);
    }

    [Fact]
    public void Lora_OtherMetadata_HasTheSameModelHash()
    {
        using var a = SafetensorsFile.Open(Large("a", new Dictionary<string, string> { ["ss_x"] = "1" }));
        using var b = SafetensorsFile.Open(Large("b", new Dictionary<string, string> { ["ss_x"] = "1", ["ss_tag_frequency"] = new('t', 1000) }));

        Assert.Equal(CheckpointHashes.Lora(a).Model, CheckpointHashes.Lora(b).Model);
        Assert.NotEqual(CheckpointHashes.Lora(a).Legacy, CheckpointHashes.Lora(b).Legacy);
    }

    [Fact]
    public void Lora_MetadataOfOthers_DoesNotEnterTheLegacyHash()
    {
        var trainers = new Dictionary<string, string> { ["ss_x"] = "1", ["ss_y"] = "2" };
        using var plain = SafetensorsFile.Open(Large("a", trainers));
        using var rich = SafetensorsFile.Open(Large("b", new(trainers) { ["sshs_model_hash"] = "0", ["modelspec.title"] = "title" }));

        Assert.Equal(CheckpointHashes.Lora(plain).Legacy, CheckpointHashes.Lora(rich).Legacy);
        // of a file with nothing else in its metadata the legacy hash is that of the file as it lies there
        Assert.Equal(CheckpointHashes.Legacy(plain.Path), CheckpointHashes.Lora(plain).Legacy);
        Assert.NotEqual(CheckpointHashes.Legacy(rich.Path), CheckpointHashes.Lora(rich).Legacy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lora_NoneOfTheTrainersMetadata_TellsNoMetadataFromEmpty(bool empty)
    {
        using var file = SafetensorsFile.Open(Large("a", empty ? new Dictionary<string, string>() : null));
        Assert.Equal(CheckpointHashes.Legacy(file.Path), CheckpointHashes.Lora(file).Legacy);
    }

    [Fact]
    public void Sha256_LargeFile_IsTheHashOfAllOfItAndReportsEveryByte()
    {
        var bytes = new byte[5_000_001];
        new Random(3).NextBytes(bytes);
        var path = _folder.Write("a", bytes);
        var heard = new List<long>();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), CheckpointHashes.Sha256(path, new Listener(heard)));

        Assert.Equal(bytes.Length, heard[^1]);
        Assert.Equal(heard.Order(), heard);
    }

    [Theory]
    [InlineData(0x100000, "e3b0c442")]                                          // the hash of nothing
    [InlineData(0x100001, null)]
    [InlineData(0x110000, null)]
    [InlineData(0x130000, null)]
    public void Legacy_File_IsOfItsSecondMebibytesFirst64Kib(int length, string? expected)
    {
        var bytes = new byte[length];
        new Random(4).NextBytes(bytes);
        var window = bytes[0x100000..Math.Min(length, 0x110000)];

        Assert.Equal(expected ?? Convert.ToHexStringLower(SHA256.HashData(window))[..8], CheckpointHashes.Legacy(_folder.Write("a", bytes)));
    }

    [Fact]
    public void Sha256_Cancelled_Stops()
    {
        var path = _folder.Write("a", new byte[10]);
        Assert.Throws<OperationCanceledException>(() => CheckpointHashes.Sha256(path, cancel: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void HashStream_AnySizeOfPieces_IsTheSame()
    {
        var data = new byte[0x120000];
        new Random(5).NextBytes(data);
        var hashes = new[] { 1 << 10, 77_777, data.Length }.Select(piece =>
        {
            using var stream = new LoraHashStream(new byte[200]);
            foreach (var part in data.Chunk(piece)) stream.Write(part);
            return stream.Finish();
        });
        Assert.Single(hashes.Distinct());
    }

    private string VectorFile(TensorType alpha, string data)
    {
        var layout = SafetensorsLayout.Of(
            [("lora_unet_x.alpha", alpha, []), ("lora_unet_x.lora_down.weight", TensorType.F16, [2, 3]), ("lora_unet_x.lora_up.weight", TensorType.F16, [3, 2])],
            new Dictionary<string, string> { ["ss_network_dim"] = "16" });
        return _folder.Write("vector.safetensors", [.. layout.Header, .. Convert.FromHexString(data)]);
    }

    private string Large(string name, Dictionary<string, string>? metadata)
    {
        var layout = SafetensorsLayout.Of([("w", TensorType.F16, [700_000])], metadata);
        var data = new byte[layout.DataLength];
        new Random(2).NextBytes(data);
        return _folder.Write(name, [.. layout.Header, .. data]);
    }

    private sealed class Listener(List<long> heard) : IProgress<long>
    {
        public void Report(long value) => heard.Add(value);
    }
}
