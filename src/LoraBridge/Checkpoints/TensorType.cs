namespace LoraBridge.Checkpoints;

/// <summary>
/// The element types of the safetensors format, in the order the reference writer sorts by: it writes the highest first.
/// </summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Four-bit float, two to the byte.</summary>
    F4,

    /// <summary>Six-bit float with two exponent bits.</summary>
    F6E2M3,

    /// <summary>Six-bit float with three exponent bits.</summary>
    F6E3M2,

    /// <summary>Unsigned byte.</summary>
    U8,

    /// <summary>Signed byte.</summary>
    I8,

    /// <summary>Eight-bit float with five exponent bits: the upper byte of a half.</summary>
    F8E5M2,

    /// <summary>Eight-bit float with four exponent bits, no infinities.</summary>
    F8E4M3,

    /// <summary>Eight-bit power of two, used as a scale.</summary>
    F8E8M0,

    /// <summary>Eight-bit float with four exponent bits, one NaN and no negative zero.</summary>
    F8E4M3Fnuz,

    /// <summary>Eight-bit float with five exponent bits, one NaN and no negative zero.</summary>
    F8E5M2Fnuz,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE half.</summary>
    F16,

    /// <summary>The upper half of a single.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE single.</summary>
    F32,

    /// <summary>A complex number of two singles.</summary>
    C64,

    /// <summary>IEEE double.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}
