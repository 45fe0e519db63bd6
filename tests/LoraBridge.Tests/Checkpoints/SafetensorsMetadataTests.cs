using System.Text;
using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints;

public sealed class SafetensorsMetadataTests : IDisposable
{
    private const string Two = """ "b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"a":{"dtype":"U8","shape":[],"data_offsets":[3,4]}""";

    private static readonly byte[] s_data = [1, 2, 3, 4];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{" + Two + "}")]
    [InlineData("{" + Two + ""","__metadata__":{"old":"1"}}""")]
    [InlineData("""{"__metadata__":{},""" + Two + "}     ")]
    public void Replace_OfAnyHeader_LeavesTensorsAndHash(string header)
    {
        var path = Write(header, s_data);
        var before = Hash(path);

        SafetensorsMetadata.Replace(path, new OrderedDictionary<string, string> { ["z"] = "ü\"\n猫", ["a"] = "" });

        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["z=ü\"\n猫", "a="], file.Metadata.Select(pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal(["b U8 [3]", "a U8 []"], file.Tensors.Values.Select(tensor => tensor.ToString()));
        var data = new byte[4];
        file.ReadData(0, data);
        Assert.Equal(s_data, data);
        Assert.Equal(0, file.DataStart % 8);
        Assert.Equal(before, CheckpointHashes.Lora(file).Model);
    }

    [Fact]
    public void Replace_Again_GivesTheSameBytes()
    {
        var path = Write("{" + Two + "}", s_data);
        SafetensorsMetadata.Replace(path, new Dictionary<string, string> { ["a"] = "1" });
        var once = File.ReadAllBytes(path);

        SafetensorsMetadata.Replace(path, new Dictionary<string, string> { ["a"] = "12345678901234567890" });
        SafetensorsMetadata.Replace(path, new Dictionary<string, string> { ["a"] = "1" });

        Assert.Equal(once, File.ReadAllBytes(path));
    }

    [Fact]
    public void Replace_OfADamagedFile_ChangesNothing()
    {
        var path = Write("{" + Two + "}", s_data[..3]);
        var before = File.ReadAllBytes(path);

        Assert.Throws<CheckpointFormatException>(() => SafetensorsMetadata.Replace(path, new Dictionary<string, string>()));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(["a.safetensors"], _folder.Names);
    }

    private static string Hash(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return CheckpointHashes.Lora(file).Model;
    }

    private string Write(string header, byte[] data) => _folder.Write("a.safetensors", SafetensorsBytes.File(Encoding.UTF8.GetBytes(header), data));
}
