using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Checkpoints.Pickle;

/// <summary>The numbers in the files that torch 1.13 wrote: each tensor counts up from 0.</summary>
public sealed class PickleTensorTests : IDisposable
{
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("types.pt")]
    [InlineData("types-legacy.pt")]
    [InlineData("deflated.pt")]
    public void Read_EveryType_HasItsDtypeAndValues(string name)
    {
        using var file = CheckpointFile.Open(PickleCheckpointFileTests.Fixture(name));

        TensorAssert.Same(Counting(float32, 2, 3), file.Read("float32"));
        TensorAssert.Same(Counting(float16, 2, 3), file.Read("float16"));
        TensorAssert.Same(Counting(bfloat16, 2, 3), file.Read("bfloat16"));
        TensorAssert.Same(Counting(float64, 4), file.Read("float64"));
        TensorAssert.Same(Counting(int32, 3), file.Read("int32"));
        TensorAssert.Same(Counting(int16, 3), file.Read("int16"));
        TensorAssert.Same(Counting(int8, 3), file.Read("int8"));
        TensorAssert.Same(Counting(uint8, 3), file.Read("uint8"));
        TensorAssert.Same(tensor(-7L), file.Read("int64"));
        Assert.Equal(new byte[] { 1, 0, 1 }, file.Read("bool").bytes.ToArray());
        Assert.Equal([0, 3], file.Read("empty").shape);
    }

    [Theory]
    [InlineData("views.pt")]
    [InlineData("views-legacy.pt")]
    [InlineData("zip64.pt")]
    public void Read_Views_AreWhatTorchSawThroughThem(string name)
    {
        using var file = CheckpointFile.Open(PickleCheckpointFileTests.Fixture(name));
        var values = Counting(float32, 4, 6);

        TensorAssert.Same(values, file.Read("base"));
        TensorAssert.Same(values.t().contiguous(), file.Read("transposed"));
        Assert.Equal([6f, 8, 10, 12, 14, 16], Floats(file.Read("every_other")));
        Assert.Equal([5f, 6, 7, 8], Floats(file.Read("part")));
        TensorAssert.Same(Counting(float32, 2, 3, 4).permute(2, 0, 1).contiguous(), file.Read("permuted"));
        Assert.Equal(Enumerable.Repeat(5f, 12), Floats(file.Read("expanded")));
        Assert.Equal([0f, 1, 2], Floats(file.Read("parameter")));
        TensorAssert.Same(Counting(float16, 8).slice(0, 3, 6, 1), file.Read("half_part"));
        Assert.True(file.Read("transposed").is_contiguous());
    }

    [Theory]
    [InlineData("embedding.pt")]
    public void Read_TensorOfTheRoot_IsRead(string name)
    {
        using var file = PickleCheckpointFile.Open(PickleCheckpointFileTests.Fixture(name));
        var vectors = (PickledTensor)((PickledMapping)((PickledMapping)file.Root!).Find("string_to_param")!).Find("*")!;
        TensorAssert.Same(Counting(float32, 2, 4), file.Read(vectors));
    }

    [Fact]
    public void Read_AfterTheFileIsClosed_TheTensorLivesOn()
    {
        Tensor weight;
        using (var file = CheckpointFile.Open(PickleCheckpointFileTests.Fixture("nested.ckpt"))) weight = file.Read("model.weight");
        TensorAssert.Same(Counting(float32, 2, 2), weight);
    }

    private static Tensor Counting(ScalarType dtype, params long[] shape) =>
        arange(0, shape.Aggregate(1L, (product, length) => product * length), dtype: float32).to(dtype).reshape(shape);

    private static float[] Floats(Tensor tensor) => tensor.data<float>().ToArray();
}
