using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Pickle;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Checkpoints.Pickle;

/// <summary>Files that torch 1.13 wrote (tests/Fixtures/checkpoints), without their numbers; those are read in <see cref="PickleTensorTests"/>.</summary>
public sealed class PickleCheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("types.pt")]
    [InlineData("types-legacy.pt")]
    [InlineData("deflated.pt")]
    public void Open_StateDictionary_TellsNamesTypesAndShapes(string name)
    {
        using var file = CheckpointFile.Open(Fixture(name));

        Assert.IsType<PickleCheckpointFile>(file);
        Assert.Equal(
            ["float32 F32 [2, 3]", "float16 F16 [2, 3]", "bfloat16 BF16 [2, 3]", "float64 F64 [4]", "int64 I64 []", "int32 I32 [3]", "int16 I16 [3]", "int8 I8 [3]", "uint8 U8 [3]", "bool BOOL [3]", "complex64 C64 [2]", "empty F32 [0, 3]"],
            file.Tensors.Values.Select(entry => entry.ToString()));
        Assert.Equal(24, file.Entry("float32").ByteLength);
        Assert.Empty(file.Metadata);
    }

    [Theory]
    [InlineData("views.pt")]
    [InlineData("views-legacy.pt")]
    [InlineData("zip64.pt")]
    public void Open_Views_KeepTheirShapes(string name)
    {
        using var file = CheckpointFile.Open(Fixture(name));
        Assert.Equal(["base [4, 6]", "transposed [6, 4]", "every_other [2, 3]", "part [4]", "permuted [4, 2, 3]", "expanded [3, 4]", "parameter [3]", "half_part [3]"],
            file.Tensors.Values.Select(entry => $"{entry.Name} [{string.Join(", ", entry.Shape)}]"));
        Assert.Equal((20, 36), (file.Entry("part").Begin, file.Entry("part").End));
    }

    [Fact]
    public void Open_TrainersFile_TakesTheStateDictionaryAndListsTheRest()
    {
        using var file = PickleCheckpointFile.Open(Fixture("nested.ckpt"));

        Assert.Equal(["model.weight", "model.bias"], file.Tensors.Keys);
        Assert.Equal("470000", file.Metadata["global_step"]);
        Assert.Equal("1.4.2", file.Metadata["pytorch-lightning_version"]);
        Assert.Equal("1208925819614629174706176", file.Metadata["large"]);
        Assert.Equal(["optimizer_states", "shape", "device", "dtype", "raw", "nothing"], file.Ignored);
        var root = Assert.IsType<PickledMapping>(file.Root);
        Assert.Equal([1L, 2L], Assert.IsType<PickledTuple>(root.Find("shape")).Items);
        Assert.Equal("torch.device", Assert.IsType<PickledRecord>(root.Find("device")).Name);
        Assert.Equal(TensorType.F16, Assert.IsType<PickledGlobal>(root.Find("dtype")).Type);
        Assert.Equal([0, 255], Assert.IsType<byte[]>(root.Find("raw")));
    }

    [Fact]
    public void Open_ModulesStateDictionary_IsReadPastItsAttributes()
    {
        using var file = CheckpointFile.Open(Fixture("module-state.pt"));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"], file.Tensors.Keys);
    }

    [Fact]
    public void Root_TextualInversion_HoldsItsVectors()
    {
        using var file = PickleCheckpointFile.Open(Fixture("embedding.pt"));
        var root = Assert.IsType<PickledMapping>(file.Root);
        var vectors = Assert.IsType<PickledTensor>(Assert.IsType<PickledMapping>(root.Find("string_to_param")).Find("*"));
        Assert.Equal([2, 4], vectors.Shape);
        Assert.Equal("example", file.Metadata["name"]);
        Assert.Equal(["string_to_token", "sd_checkpoint", "sd_checkpoint_name", "string_to_param"], file.Ignored);
    }

    [Fact]
    public void Root_FirstTextualInversions_HoldARecordOfParameters()
    {
        using var file = PickleCheckpointFile.Open(Fixture("embedding-parameters.pt"));
        var record = Assert.IsType<PickledRecord>(Assert.IsType<PickledMapping>(file.Root).Find("string_to_param"));
        Assert.Equal("torch.nn.modules.container.ParameterDict", record.Name);
        var parameters = Assert.IsType<PickledMapping>(Assert.IsType<PickledMapping>(record.State).Find("_parameters"));
        Assert.Equal([2, 4], Assert.IsType<PickledTensor>(parameters.Find("*")).Shape);
    }

    [Theory]
    [InlineData("malicious.pt", "refuses posix.system: this file would run code")]
    [InlineData("malicious-legacy.pt", "refuses posix.system: this file would run code")]
    [InlineData("module.pt", "refuses torch.nn.modules.linear.Linear")]
    [InlineData("lightning.ckpt", "refuses pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint")]
    [InlineData("tensor.pt", "no dictionary of tensors")]
    [InlineData("plain.pkl", "torch.save did not write it")]
    [InlineData("big-endian.pt", "'big' byte order")]
    public void Open_FileToRefuse_SaysWhy(string name, string reason)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(Fixture(name)));
        Assert.Contains(reason, error.Reason);
        Assert.Equal(Fixture(name), error.Path);
        Assert.False(File.Exists("lorabridge-pickle-ran"));
    }

    [Fact]
    public void Open_TrainersClassAddedToTheList_IsRead()
    {
        using var file = PickleCheckpointFile.Open(Fixture("lightning.ckpt"),
            PickleAllowList.Default.With("pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint"));
        Assert.Equal(["weight"], file.Tensors.Keys);
        Assert.Equal(["callbacks"], file.Ignored);
    }

    [Fact]
    public void Open_Safetensors_IsRefusedByThisReader() => Assert.Contains("not a file of torch.save's",
        Assert.Throws<CheckpointFormatException>(() => PickleCheckpointFile.Open(_folder.Write("a.pt", SafetensorsBytes.File("{}", 0)))).Reason);

    [Theory]
    [InlineData("types.pt", "no directory at its end")]
    [InlineData("types-legacy.pt", "are missing")]
    public void Open_CutShort_SaysThatItIsIncomplete(string name, string reason)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(_folder.Write("a.pt", File.ReadAllBytes(Fixture(name))[..^10])));
        Assert.Contains(reason, error.Reason);
        Assert.Contains("incomplete", error.Cure);
    }

    [Theory]
    [InlineData("types.pt")]
    [InlineData("views-legacy.pt")]
    public void Open_CutAnywhere_IsRefused(string name)
    {
        var whole = File.ReadAllBytes(Fixture(name));
        var path = _folder.File("a.pt");
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(path));
        }
    }

    internal static string Fixture(string name) => Path.Combine(GoldenFolders.Fixtures, "checkpoints", name);
}
