using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>Every form of <c>tensor</c> and <c>as_tensor</c>, for every element type.</summary>
public sealed class TensorLiteralTests
{
    [Fact]
    public void Literals_OfBool_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        bool[] flat = [true, false, true, true];
        IList<bool> list = new List<bool>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new bool[,] { { true, false }, { true, true } }), [2, 2], flat);
        Holds(tensor(new bool[,,] { { { true, false }, { true, true } } }), [1, 2, 2], flat);
        Holds(tensor(new bool[,,,] { { { { true }, { false } }, { { true }, { true } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(false), [], false);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Bool, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, tensor(false, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfByte_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        byte[] flat = [(byte)1, (byte)2, (byte)3, (byte)255];
        IList<byte> list = new List<byte>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new byte[,] { { (byte)1, (byte)2 }, { (byte)3, (byte)255 } }), [2, 2], flat);
        Holds(tensor(new byte[,,] { { { (byte)1, (byte)2 }, { (byte)3, (byte)255 } } }), [1, 2, 2], flat);
        Holds(tensor(new byte[,,,] { { { { (byte)1 }, { (byte)2 } }, { { (byte)3 }, { (byte)255 } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor((byte)2), [], (byte)2);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Byte, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfSByte_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        sbyte[] flat = [(sbyte)1, (sbyte)2, (sbyte)3, (sbyte)-4];
        IList<sbyte> list = new List<sbyte>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new sbyte[,] { { (sbyte)1, (sbyte)2 }, { (sbyte)3, (sbyte)-4 } }), [2, 2], flat);
        Holds(tensor(new sbyte[,,] { { { (sbyte)1, (sbyte)2 }, { (sbyte)3, (sbyte)-4 } } }), [1, 2, 2], flat);
        Holds(tensor(new sbyte[,,,] { { { { (sbyte)1 }, { (sbyte)2 } }, { { (sbyte)3 }, { (sbyte)-4 } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor((sbyte)2), [], (sbyte)2);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Int8, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfInt16_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        short[] flat = [(short)1, (short)2, (short)3, (short)-400];
        IList<short> list = new List<short>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new short[,] { { (short)1, (short)2 }, { (short)3, (short)-400 } }), [2, 2], flat);
        Holds(tensor(new short[,,] { { { (short)1, (short)2 }, { (short)3, (short)-400 } } }), [1, 2, 2], flat);
        Holds(tensor(new short[,,,] { { { { (short)1 }, { (short)2 } }, { { (short)3 }, { (short)-400 } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor((short)2), [], (short)2);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Int16, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfInt32_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        int[] flat = [1, 2, 3, -400000];
        IList<int> list = new List<int>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new int[,] { { 1, 2 }, { 3, -400000 } }), [2, 2], flat);
        Holds(tensor(new int[,,] { { { 1, 2 }, { 3, -400000 } } }), [1, 2, 2], flat);
        Holds(tensor(new int[,,,] { { { { 1 }, { 2 } }, { { 3 }, { -400000 } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor(2), [], 2);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Int32, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfInt64_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        long[] flat = [1L, 2L, 3L, -40000000000L];
        IList<long> list = new List<long>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new long[,] { { 1L, 2L }, { 3L, -40000000000L } }), [2, 2], flat);
        Holds(tensor(new long[,,] { { { 1L, 2L }, { 3L, -40000000000L } } }), [1, 2, 2], flat);
        Holds(tensor(new long[,,,] { { { { 1L }, { 2L } }, { { 3L }, { -40000000000L } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor(2L), [], 2L);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Int64, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, tensor(2L, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfSingle_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        float[] flat = [1f, 2.5f, 3f, -4f];
        IList<float> list = new List<float>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new float[,] { { 1f, 2.5f }, { 3f, -4f } }), [2, 2], flat);
        Holds(tensor(new float[,,] { { { 1f, 2.5f }, { 3f, -4f } } }), [1, 2, 2], flat);
        Holds(tensor(new float[,,,] { { { { 1f }, { 2.5f } }, { { 3f }, { -4f } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor(2.5f), [], 2.5f);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Float32, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfDouble_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        double[] flat = [1.0, 2.5, 3.0, -4.0];
        IList<double> list = new List<double>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new double[,] { { 1.0, 2.5 }, { 3.0, -4.0 } }), [2, 2], flat);
        Holds(tensor(new double[,,] { { { 1.0, 2.5 }, { 3.0, -4.0 } } }), [1, 2, 2], flat);
        Holds(tensor(new double[,,,] { { { { 1.0 }, { 2.5 } }, { { 3.0 }, { -4.0 } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor(2.5), [], 2.5);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, tensor(2.5, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfHalf_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        Half[] flat = [(Half)1, (Half)2.5, (Half)3, (Half)(-4)];
        IList<Half> list = new List<Half>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new Half[,] { { (Half)1, (Half)2.5 }, { (Half)3, (Half)(-4) } }), [2, 2], flat);
        Holds(tensor(new Half[,,] { { { (Half)1, (Half)2.5 }, { (Half)3, (Half)(-4) } } }), [1, 2, 2], flat);
        Holds(tensor(new Half[,,,] { { { { (Half)1 }, { (Half)2.5 } }, { { (Half)3 }, { (Half)(-4) } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Assert.Equal(ScalarType.Float16, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literals_OfBFloat16_HaveTheirTypeAndShape()
    {
        using var scope = NewDisposeScope();
        BFloat16[] flat = [(BFloat16)1f, (BFloat16)2.5f, (BFloat16)3f, (BFloat16)(-4f)];
        IList<BFloat16> list = new List<BFloat16>(flat);

        Holds(tensor(flat), [4], flat);
        Holds(tensor(flat, [2, 2]), [2, 2], flat);
        Holds(tensor(new BFloat16[,] { { (BFloat16)1f, (BFloat16)2.5f }, { (BFloat16)3f, (BFloat16)(-4f) } }), [2, 2], flat);
        Holds(tensor(new BFloat16[,,] { { { (BFloat16)1f, (BFloat16)2.5f }, { (BFloat16)3f, (BFloat16)(-4f) } } }), [1, 2, 2], flat);
        Holds(tensor(new BFloat16[,,,] { { { { (BFloat16)1f }, { (BFloat16)2.5f } }, { { (BFloat16)3f }, { (BFloat16)(-4f) } } } }), [1, 2, 2, 1], flat);
        Holds(tensor(list), [4], flat);
        Holds(tensor(list, [4, 1]), [4, 1], flat);
        Holds(tensor(flat.AsMemory(), [1, 4]), [1, 4], flat);
        Holds(tensor((BFloat16)2.5f), [], (BFloat16)2.5f);
        Holds(as_tensor(flat), [4], flat);
        Holds(as_tensor(list), [4], flat);
        Assert.Equal(ScalarType.Float64, as_tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, as_tensor(list, float64).dtype);
        Assert.Equal(ScalarType.BFloat16, tensor(flat).dtype);
        Assert.Equal(ScalarType.Float64, tensor(flat, float64).dtype);
        Assert.Equal(ScalarType.Float64, tensor((BFloat16)2.5f, float64).dtype);
        Assert.True(tensor(flat, float32, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Literal_OnADevice_StandsThere()
    {
        using var scope = NewDisposeScope();

        Assert.True(tensor([1.0], device: META).is_meta);
        Assert.True(tensor(1, META).is_meta);
    }

    [Fact]
    public void Literal_OfAnotherCount_IsRefused()
    {
        Assert.ThrowsAny<Exception>(() => tensor([1.0, 2.0], [3]));
    }

    [Fact]
    public void Literal_KeepsNoHoldOnItsArray()
    {
        using var scope = NewDisposeScope();
        double[] values = [1, 2];
        var x = tensor(values);

        values[0] = 9;

        PlainValues.Close([1, 2], x);
    }

    private static void Holds<T>(Tensor actual, long[] shape, params T[] expected) where T : unmanaged
    {
        Assert.Equal(shape, actual.shape);
        Assert.Equal(expected, actual.data<T>().ToArray());
    }
}
