using System.Text;
using LoraBridge.Checkpoints;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class SafetensorsRepairTests : IDisposable
{
    private static readonly byte[] s_data = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Repair_TrailingBytes_AreCutOff()
    {
        var path = Write($"{{{Two}}}", [.. s_data, 9, 9, 9]);
        Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(path));

        var repairs = SafetensorsRepair.Repair(path, _folder.File("good.safetensors"));

        Assert.Equal(["cut off 3 bytes behind the last tensor"], repairs);
        using var good = SafetensorsFile.Open(_folder.File("good.safetensors"));
        Assert.Equal(["a", "b"], good.Tensors.Keys);
        var data = new byte[8];
        good.ReadData(0, data);
        Assert.Equal(s_data, data);
    }

    [Fact]
    public void Repair_OddMetadata_BecomesText()
    {
        var path = Write($$"""{"__metadata__":{"steps":12,"nested":{"a":[1,2]},"good":"ü\"x","good":"again"},{{Two}},}""", s_data);
        Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(path));

        var repairs = SafetensorsRepair.Repair(path, _folder.File("good.safetensors"));

        Assert.Equal(["made 'steps' of the metadata text", "made 'nested' of the metadata text", "left out the second 'good' of the metadata"], repairs);
        using var good = CheckpointFile.Open(_folder.File("good.safetensors"));
        Assert.Equal(new Dictionary<string, string> { ["steps"] = "12", ["nested"] = """{"a":[1,2]}""", ["good"] = "ü\"x" }, good.Metadata);
    }

    [Fact]
    public void Repair_MetadataThatIsNoTable_IsLeftOut()
    {
        var path = Write($$"""{"__metadata__":"no",{{Two}}}""", s_data);

        Assert.Equal(["left out metadata that was no table of names and texts"], SafetensorsRepair.Repair(path, _folder.File("good.safetensors")));
        using var good = CheckpointFile.Open(_folder.File("good.safetensors"));
        Assert.Empty(good.Metadata);
    }

    [Fact]
    public void Repair_AGoodFile_IsCopied()
    {
        var path = Write($"{{{Two}}}", s_data);

        Assert.Empty(SafetensorsRepair.Repair(path, _folder.File("good.safetensors")));
        using var good = CheckpointFile.Open(_folder.File("good.safetensors"));
        Assert.Equal(2, good.Tensors.Count);
    }

    [Theory]
    [InlineData("missing bytes", 6)]
    [InlineData("a gap", 8)]
    [InlineData("no JSON", 8)]
    public void Repair_WhatWouldLoseNumbers_IsRefused(string what, int length)
    {
        var json = what switch
        {
            "a gap" => $"{{{SafetensorsBytes.Tensor("a", "F16", "2", 4, 8)}}}",
            "no JSON" => "{\"a\":",
            _ => $"{{{Two}}}",
        };
        var path = Write(json, s_data[..length]);

        Assert.Throws<CheckpointFormatException>(() => SafetensorsRepair.Repair(path, _folder.File("good.safetensors")));
        Assert.Equal(["bad.safetensors"], _folder.Names);
    }

    private static string Two => $"{SafetensorsBytes.Tensor("a", "F16", "2", 0, 4)},{SafetensorsBytes.Tensor("b", "F16", "1,2", 4, 8)}";

    private string Write(string json, byte[] data) => _folder.Write("bad.safetensors", SafetensorsBytes.File(Encoding.UTF8.GetBytes(json), data));
}
