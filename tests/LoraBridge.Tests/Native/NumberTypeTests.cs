using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>Scalar and BFloat16.</summary>
public sealed class NumberTypeTests
{
    [Fact]
    public void Scalar_OfEveryNumber_KeepsItsKind()
    {
        Scalar[] whole = [(byte)3, (sbyte)3, (short)3, 3, 3L, 3.ToScalar(), 3L.ToScalar()];
        Scalar[] real = [(Half)2.5, (BFloat16)2.5f, 2.5f, 2.5, 2.5f.ToScalar(), 2.5.ToScalar()];

        Assert.All(whole, scalar => Assert.Equal(ScalarType.Int64, scalar.Type));
        Assert.All(real, scalar => Assert.Equal(ScalarType.Float64, scalar.Type));
        Assert.Equal(ScalarType.Bool, ((Scalar)true).Type);
        Assert.Equal(ScalarType.Bool, true.ToScalar().Type);
        Assert.All(whole, scalar => Assert.Equal(3, scalar.ToInt32()));
        Assert.All(real, scalar => Assert.Equal(2.5, scalar.ToDouble()));
    }

    [Fact]
    public void Scalar_ConvertsToEveryNumber()
    {
        Scalar three = 3;

        Assert.Equal(3f, three.ToSingle());
        Assert.Equal(3.0, three.ToDouble());
        Assert.Equal((sbyte)3, three.ToSByte());
        Assert.Equal((byte)3, three.ToByte());
        Assert.Equal((short)3, three.ToInt16());
        Assert.Equal(3, three.ToInt32());
        Assert.Equal(3L, three.ToInt64());
        Assert.Equal((Half)2.5, ((Scalar)2.5).ToHalf());
        Assert.Equal((BFloat16)2.5f, ((Scalar)2.5).ToBFloat16());
        Assert.True(((Scalar)true).ToBoolean());
        Assert.False(((Scalar)false).ToBoolean());
        three.Dispose();
    }

    [Theory]
    [InlineData(1f, 0x3F80)]
    [InlineData(-2.5f, 0xC020)]
    [InlineData(0f, 0)]
    [InlineData(1.00390625f, 0x3F80)]
    [InlineData(1.01171875f, 0x3F82)]
    [InlineData(1.0040f, 0x3F81)]
    [InlineData(float.PositiveInfinity, 0x7F80)]
    [InlineData(float.MaxValue, 0x7F80)]
    public void BFloat16_OfAFloat_RoundsToNearestEven(float value, int bits)
    {
        Assert.Equal(BFloat16.FromRawValue((ushort)bits), new BFloat16(value));
        Assert.Equal(BitConverter.Int32BitsToSingle(bits << 16), ((BFloat16)value).ToSingle());
    }

    [Fact]
    public void BFloat16_OfNan_StaysNan() => Assert.True(float.IsNaN(new BFloat16(float.NaN).ToSingle()));

    [Fact]
    public void BFloat16_ConvertsAndCompares()
    {
        var (one, two) = ((BFloat16)1.0, (BFloat16)2f);

        Assert.Equal(1f, (float)one);
        Assert.Equal(2.0, (double)two);
        Assert.True(one < two && one <= two && two > one && two >= one && one != two);
        Assert.False(one == two);
        Assert.True(one == (BFloat16)1f);
        Assert.True(one.Equals((BFloat16)1f));
        Assert.True(one.Equals((object)(BFloat16)1f));
        Assert.False(one.Equals("one"));
        Assert.Equal(one.GetHashCode(), ((BFloat16)1f).GetHashCode());
        Assert.True(one.CompareTo(two) < 0);
        Assert.Equal("2.5", ((BFloat16)2.5f).ToString());
    }
}
