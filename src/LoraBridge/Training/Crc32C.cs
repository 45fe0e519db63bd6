using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using Arm = System.Runtime.Intrinsics.Arm.Crc32;

namespace LoraBridge.Training;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    private const uint ReversedPolynomial = 0x82F63B78, MaskDelta = 0xA282EAD8;

    private static readonly uint[] s_table = MakeTable();

    /// <summary>The checksum of the bytes, or of what came before and them.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        if (Sse42.X64.IsSupported)
        {
            ulong wide = crc;
            for (; bytes.Length >= 8; bytes = bytes[8..]) wide = Sse42.X64.Crc32(wide, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            crc = (uint)wide;
            foreach (var value in bytes) crc = Sse42.Crc32(crc, value);
            return ~crc;
        }
        if (Arm.Arm64.IsSupported)
        {
            for (; bytes.Length >= 8; bytes = bytes[8..]) crc = Arm.Arm64.ComputeCrc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            foreach (var value in bytes) crc = Arm.ComputeCrc32C(crc, value);
            return ~crc;
        }
        return ByTable(bytes, before);
    }

    /// <summary>The same without any instruction of the processor's.</summary>
    internal static uint ByTable(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        foreach (var value in bytes) crc = s_table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>The checksum as TFRecord files store it: turned and shifted, because a checksum of bytes that hold their own is degenerate.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = Of(bytes);
        return ((crc >> 15) | (crc << 17)) + MaskDelta;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ ReversedPolynomial : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
