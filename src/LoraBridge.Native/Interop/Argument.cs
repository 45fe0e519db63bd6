using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>One argument of an operator call, from whatever the caller has; it keeps what it points to alive.</summary>
internal readonly struct Argument
{
    internal readonly ArgumentTag Tag;
    internal readonly int Count;
    internal readonly long Bits;
    internal readonly object? Data;

    private Argument(ArgumentTag tag, long bits = 0, int count = 0, object? data = null)
    {
        Tag = tag;
        Bits = bits;
        Count = count;
        Data = data;
    }

    /// <summary>No value, for an optional argument.</summary>
    internal static Argument None => default;

    /// <summary>Whatever the schema says when the argument is not given.</summary>
    internal static Argument Default => new(ArgumentTag.Default);

    /// <summary>A list of tensors of which some may be missing (the type <c>Tensor?[]</c> of a schema).</summary>
    internal static Argument OptionalTensors(Tensor?[] tensors) => new(ArgumentTag.OptionalTensors, 0, tensors.Length, tensors);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Argument(Tensor? tensor) => tensor is null ? default : new(ArgumentTag.Tensor, tensor.Handle, 0, tensor);
    public static implicit operator Argument(long value) => new(ArgumentTag.Int, value);
    public static implicit operator Argument(long? value) => value is { } given ? given : default;
    public static implicit operator Argument(int value) => new(ArgumentTag.Int, value);
    public static implicit operator Argument(double value) => new(ArgumentTag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(double? value) => value is { } given ? given : default;
    public static implicit operator Argument(float value) => (double)value;
    public static implicit operator Argument(bool value) => new(ArgumentTag.Bool, value ? 1 : 0);
    public static implicit operator Argument(ScalarType type) => new(ArgumentTag.Int, (long)type);
    public static implicit operator Argument(ScalarType? type) => type is { } given ? given : default;
    public static implicit operator Argument(Scalar? scalar) => scalar is null ? default : scalar.IsFloatingPoint ? scalar.AsDouble : scalar.IsBoolean ? scalar.AsLong != 0 : scalar.AsLong;
    public static implicit operator Argument(string? text) => text is null ? default : new(ArgumentTag.String, 0, 0, text);
    public static implicit operator Argument(Device? device) => device is null ? default : new(ArgumentTag.Device, (long)device.type, device.index);
    public static implicit operator Argument(Generator? generator) => generator is null ? default : new(ArgumentTag.Generator, generator.Handle, 0, generator);
    public static implicit operator Argument(long[]? values) => values is null ? default : new(ArgumentTag.Ints, 0, values.Length, values);
    public static implicit operator Argument(double[]? values) => values is null ? default : new(ArgumentTag.Doubles, 0, values.Length, values);
    public static implicit operator Argument(bool[]? values) => values is null ? default : new(ArgumentTag.Bools, 0, values.Length, values);
    public static implicit operator Argument(Tensor[]? tensors) => tensors is null ? default : new(ArgumentTag.Tensors, 0, tensors.Length, tensors);
}
