using System.Diagnostics.CodeAnalysis;

namespace LoraBridge.Diffusion.Models;

/// <summary>The number type to compute in.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "the types of numbers are what is named")]
public enum ComputeType
{
    /// <summary>The fastest that is safe: on a GPU float16, on a CPU with its own bfloat16 arithmetic bfloat16 where that proves faster, else float32.</summary>
    Auto,

    /// <summary>Four bytes: exact, and what every device has.</summary>
    Float32,

    /// <summary>Two bytes with the range of float32 and two to three digits.</summary>
    BFloat16,

    /// <summary>Two bytes with three to four digits and a range up to 65504.</summary>
    Float16,
}
