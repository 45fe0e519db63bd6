using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>shim.h's LbTag.</summary>
internal enum ArgumentTag
{
    None, Tensor, Int, Double, Bool, Ints, Doubles, Tensors, OptionalTensors, String, Device, Generator, Default, Bools,
}

/// <summary>shim.h's LbArgument; a test asserts that size and offsets agree.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeArgument
{
    [FieldOffset(0)] internal ArgumentTag Tag;
    [FieldOffset(4)] internal int Count;
    [FieldOffset(8)] internal long Integer;
    [FieldOffset(8)] internal double Real;
    [FieldOffset(8)] internal nint Pointer;
}
