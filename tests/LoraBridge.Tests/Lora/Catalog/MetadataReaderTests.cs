using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;
using LoraBridge.Tests.Checkpoints;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class MetadataReaderTests : IDisposable
{
    private readonly AdapterFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_KeepsTheFilesOrder()
    {
        var path = _folder.Adapter("a.safetensors", ("z", "1"), ("a", "ü\n\"2\""), ("m", ""));
        Assert.Equal([new("z", "1"), new("a", "ü\n\"2\""), new("m", "")], MetadataReader.Read(path));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(65_000)]
    [InlineData(300_000)]
    public void Read_MetadataOfAnyLength_IsWhole(int length)
    {
        var path = _folder.Adapter("a.safetensors", ("long", new string('é', length)), ("last", "x"));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(file.Metadata, MetadataReader.Read(path));
    }

    [Fact]
    public void Read_MetadataBehindManyTensors_IsFound()
    {
        var tensors = string.Join(',', Enumerable.Range(0, 3000).Select(i => SafetensorsBytes.Tensor($"lora_unet_{i}.alpha", "F16", "", i * 2, i * 2 + 2)));
        var path = _folder.Write("a.safetensors", SafetensorsBytes.File("{" + tensors + ",\"__metadata__\":{\"a\":\"b\"}}", 6000));
        Assert.Equal("b", MetadataReader.Read(path)["a"]);
    }

    [Fact]
    public void Read_NoMetadata_IsEmpty() => Assert.Empty(MetadataReader.Read(_folder.Adapter("a.safetensors")));

    [Theory]
    [InlineData("")]
    [InlineData("text that is no adapter")]
    [InlineData("\u0004\0\0\0\0\0\0\0[[]]")]
    [InlineData("\u0002\0\0\0\0\0\0\0{x")]
    public void Read_AnythingElse_IsRefused(string content) =>
        Assert.Throws<CheckpointFormatException>(() => MetadataReader.Read(_folder.Write("a.safetensors", content)));
}
