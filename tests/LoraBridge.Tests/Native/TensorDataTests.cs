using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorDataTests
{
    [Fact]
    public void Bytes_OfATensor_AreItsMemory()
    {
        using var x = tensor(new[] { 1, 256 });

        Assert.Equal([1, 0, 0, 0, 0, 1, 0, 0], x.bytes.ToArray());
        x.bytes[0] = 7;
        PlainValues.Close([7, 256], x);
        x.bytes = new byte[] { 2, 0, 0, 0, 3, 0, 0, 0 };
        PlainValues.Close([2, 3], x);
    }

    [Fact]
    public void Bytes_OfAnotherLength_AreRefused()
    {
        using var x = zeros(2);

        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
    }

    [Fact]
    public void Bytes_OfWhatIsNotContiguous_AreRefused()
    {
        using var scope = NewDisposeScope();

        Assert.ThrowsAny<Exception>(() => zeros(2, 3).t().bytes.Length);
        Assert.ThrowsAny<Exception>(() => zeros([2], float32, META).bytes.Length);
        Assert.ThrowsAny<Exception>(() => zeros([2], float32, META).data<float>());
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(7)]
    [InlineData(1 << 20)]
    public void Stream_CarriesTheBytes(int bufferSize)
    {
        using var scope = NewDisposeScope();
        var x = randn([100, 3]).bfloat16();
        var y = zeros([100, 3], bfloat16);
        using var stream = new MemoryStream();

        x.WriteBytesToStream(stream, bufferSize);
        Assert.Equal(600, stream.Length);
        stream.Position = 0;
        y.ReadBytesFromStream(stream, bufferSize);

        TensorAssert.Same(x, y);
    }

    [Fact]
    public void Stream_ThatEndsEarly_Throws()
    {
        using var x = zeros(10);
        using var stream = new MemoryStream(new byte[5]);

        Assert.ThrowsAny<Exception>(() => x.ReadBytesFromStream(stream));
    }

    [Fact]
    public void Item_DemandsTheExactType()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(2.5, tensor(2.5).item<double>());
        Assert.Equal(2.5f, tensor(2.5f).item<float>());
        Assert.Equal(3, tensor(3).item<int>());
        Assert.True(tensor(true).item<bool>());
        Assert.Equal((BFloat16)2.5f, tensor(2.5f).bfloat16().item<BFloat16>());
        Assert.Equal((Half)2.5, tensor(2.5f).half().item<Half>());
        Assert.Throws<ArgumentException>(() => tensor(2.5).item<float>());
        Assert.Throws<ArgumentException>(() => tensor(2.5f).item<double>());
        Assert.Throws<ArgumentException>(() => tensor(2.5f).bfloat16().item<float>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
    }

    [Fact]
    public void Numbers_OfAScalarTensor_Convert()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.5f).bfloat16();

        Assert.Equal(2.5f, x.ToSingle());
        Assert.Equal(2.5, x.ToDouble());
        Assert.Equal((Half)2.5, x.ToHalf());
        Assert.Equal((BFloat16)2.5f, x.ToBFloat16());
        Assert.Equal((sbyte)3, tensor(3).ToSByte());
        Assert.Equal((byte)3, tensor(3).ToByte());
        Assert.Equal((short)3, tensor(3).ToInt16());
        Assert.Equal(3, tensor(3L).ToInt32());
        Assert.Equal(3L, tensor(3).ToInt64());
        Assert.True(tensor(true).ToBoolean());
        Assert.Equal(3.0, tensor(3).ToScalar().ToDouble());
        Assert.Equal(2.5, tensor(new double[,,] { { { 2.5 } } }).ToDouble());
    }

    [Fact]
    public void Number_OfSeveralElementsOrNone_Throws()
    {
        using var scope = NewDisposeScope();

        Assert.ThrowsAny<Exception>(() => zeros(2).ToSingle());
        Assert.ThrowsAny<Exception>(() => zeros([0], float32).ToSingle());
    }

    [Fact]
    public void Data_FollowsTheStrides()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        using var data = x.t().data<int>();

        Assert.Equal(6, data.Count);
        Assert.Equal([1, 4, 2, 5, 3, 6], data.ToArray());
        Assert.Equal([1, 4, 2, 5, 3, 6], data.ToList());
        Assert.Equal(6, data[2, 1]);
        data[2, 1] = 60;
        PlainValues.Close([1, 2, 3, 4, 5, 60], x);
        Assert.Throws<ArgumentException>(() => x.data<float>());
    }

    [Fact]
    public void Data_CopiesToAndFromArrays()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1, 2, 3, 4 }, [2, 2]);
        var data = x.t().data<int>();
        var array = new int[6];
        var span = new int[4];

        data.CopyTo(array, arrayIndex: 1);
        data.CopyTo(span.AsSpan());
        Assert.Equal([0, 1, 3, 2, 4, 0], array);
        Assert.Equal([1, 3, 2, 4], span);

        data.CopyFrom([10, 20, 30, 40]);
        PlainValues.Close([10, 30, 20, 40], x);
        data.CopyFrom((ReadOnlySpan<int>)[1, 2, 3, 4]);
        PlainValues.Close([1, 3, 2, 4], x);
        x.data<int>().CopyFrom(new[] { 7, 8 }, 0, 2);
        PlainValues.Close([1, 3, 7, 8], x);
    }
}
