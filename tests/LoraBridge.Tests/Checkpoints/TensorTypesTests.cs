using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints;

public sealed class TensorTypesTests
{
    [Fact]
    public void FormatName_EveryType_IsParsedBack()
    {
        foreach (var type in Enum.GetValues<TensorType>())
        {
            Assert.True(TensorTypes.TryParse(type.FormatName(), out var parsed));
            Assert.Equal(type, parsed);
        }
    }

    [Theory]
    [InlineData("BOOL", 8)]
    [InlineData("F4", 4)]
    [InlineData("F6_E2M3", 6)]
    [InlineData("F6_E3M2", 6)]
    [InlineData("U8", 8)]
    [InlineData("I8", 8)]
    [InlineData("F8_E5M2", 8)]
    [InlineData("F8_E4M3", 8)]
    [InlineData("F8_E8M0", 8)]
    [InlineData("F8_E4M3FNUZ", 8)]
    [InlineData("F8_E5M2FNUZ", 8)]
    [InlineData("I16", 16)]
    [InlineData("U16", 16)]
    [InlineData("F16", 16)]
    [InlineData("BF16", 16)]
    [InlineData("I32", 32)]
    [InlineData("U32", 32)]
    [InlineData("F32", 32)]
    [InlineData("C64", 64)]
    [InlineData("F64", 64)]
    [InlineData("I64", 64)]
    [InlineData("U64", 64)]
    public void Bits_NameOfTheFormat_IsItsWidth(string name, int bits)
    {
        Assert.True(TensorTypes.TryParse(name, out var type));
        Assert.Equal(bits, type.Bits());
    }

    [Fact]
    public void ByteLength_AtTheEdges_DoesNotOverflow()
    {
        Assert.Equal(4, TensorType.F32.ByteLength([]));
        Assert.Equal(0, TensorType.F32.ByteLength([3, 0]));
        Assert.Equal(3, TensorType.F6E2M3.ByteLength([4]));
        Assert.Null(TensorType.F6E2M3.ByteLength([3]));
        Assert.Null(TensorType.U8.ByteLength([-1]));
        Assert.Equal(long.MaxValue / 8, TensorType.U8.ByteLength([long.MaxValue / 8]));
        Assert.Null(TensorType.U8.ByteLength([1L << 62, 4]));
        Assert.Null(TensorType.F64.ByteLength([1L << 58]));
    }
}
