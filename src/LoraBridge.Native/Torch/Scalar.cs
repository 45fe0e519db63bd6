using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number on its way to an operator: an integer, a floating-point number or a truth value.</summary>
public sealed class Scalar : IDisposable
{
    private readonly long _bits;

    private Scalar(ScalarType type, long bits)
    {
        Type = type;
        _bits = bits;
    }

    public ScalarType Type { get; }

    internal bool IsFloatingPoint => Type == ScalarType.Float64;
    internal bool IsBoolean => Type == ScalarType.Bool;
    internal double AsDouble => IsFloatingPoint ? BitConverter.Int64BitsToDouble(_bits) : _bits;
    internal long AsLong => IsFloatingPoint ? (long)BitConverter.Int64BitsToDouble(_bits) : _bits;

    private static Scalar Integer(long value) => new(ScalarType.Int64, value);
    private static Scalar Real(double value) => new(ScalarType.Float64, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Scalar(byte value) => Integer(value);
    public static implicit operator Scalar(sbyte value) => Integer(value);
    public static implicit operator Scalar(short value) => Integer(value);
    public static implicit operator Scalar(int value) => Integer(value);
    public static implicit operator Scalar(long value) => Integer(value);
    public static implicit operator Scalar(Half value) => Real((double)value);
    public static implicit operator Scalar(BFloat16 value) => Real(value.ToSingle());
    public static implicit operator Scalar(float value) => Real(value);
    public static implicit operator Scalar(double value) => Real(value);
    public static implicit operator Scalar(bool value) => new(ScalarType.Bool, value ? 1 : 0);

    // TorchSharp's holds a native object; this one holds nothing to give back.
    public void Dispose()
    {
    }
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;

    public static float ToSingle(this Scalar value) => (float)value.AsDouble;
    public static double ToDouble(this Scalar value) => value.AsDouble;
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.AsLong;
    public static byte ToByte(this Scalar value) => (byte)value.AsLong;
    public static short ToInt16(this Scalar value) => (short)value.AsLong;
    public static int ToInt32(this Scalar value) => (int)value.AsLong;
    public static long ToInt64(this Scalar value) => value.AsLong;
    public static bool ToBoolean(this Scalar value) => value.AsDouble != 0;
    public static Half ToHalf(this Scalar value) => (Half)value.AsDouble;
    public static BFloat16 ToBFloat16(this Scalar value) => (BFloat16)value.AsDouble;
}
