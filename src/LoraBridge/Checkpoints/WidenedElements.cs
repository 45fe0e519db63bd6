using System.Buffers;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoraBridge.Checkpoints;

/// <summary>Reads element types that torch lacks here into wider ones that hold every value of theirs.</summary>
internal static class WidenedElements
{
    private const int Piece = 1 << 20;                                          // elements read at a time

    private static readonly Half[] _e4m3 = HalfTable(exponentBits: 4, bias: 7, nan: value => (value & 0x7f) == 0x7f);
    private static readonly Half[] _e5m2 = [.. Enumerable.Range(0, 256).Select(value => BitConverter.UInt16BitsToHalf((ushort)(value << 8)))];
    private static readonly Half[] _e4m3fnuz = HalfTable(exponentBits: 4, bias: 8, nan: value => value == 0x80);
    private static readonly Half[] _e5m2fnuz = HalfTable(exponentBits: 5, bias: 16, nan: value => value == 0x80);
    private static readonly float[] _e8m0 = [.. Enumerable.Range(0, 255).Select(value => MathF.ScaleB(1, value - 127)), float.NaN];

    /// <summary>Fills a tensor of the type's wider dtype, piece by piece.</summary>
    public static void Fill(Tensor tensor, TensorEntry entry, string path, ReadBytes read)
    {
        switch (entry.Type)
        {
            case TensorType.F8E4M3: Convert<byte, Half>(tensor, entry, read, value => _e4m3[value]); break;
            case TensorType.F8E5M2: Convert<byte, Half>(tensor, entry, read, value => _e5m2[value]); break;
            case TensorType.F8E4M3Fnuz: Convert<byte, Half>(tensor, entry, read, value => _e4m3fnuz[value]); break;
            case TensorType.F8E5M2Fnuz: Convert<byte, Half>(tensor, entry, read, value => _e5m2fnuz[value]); break;
            case TensorType.F8E8M0: Convert<byte, float>(tensor, entry, read, value => _e8m0[value]); break;
            case TensorType.U16: Convert<ushort, int>(tensor, entry, read, value => value); break;
            case TensorType.U32: Convert<uint, long>(tensor, entry, read, value => value); break;
            case TensorType.U64: Convert<ulong, long>(tensor, entry, read, value => value <= long.MaxValue ? (long)value : throw TooLarge(entry, path, value)); break;
            default: throw new ArgumentException($"{entry.Type} is not widened.", nameof(entry));
        }
    }

    private static void Convert<TFile, TTensor>(Tensor tensor, TensorEntry entry, ReadBytes read, Func<TFile, TTensor> widen)
        where TFile : unmanaged where TTensor : unmanaged
    {
        var count = entry.ElementCount;
        if (count == 0) return;
        var flat = MemoryMarshal.Cast<byte, TTensor>(tensor.bytes);
        var piece = ArrayPool<TFile>.Shared.Rent((int)Math.Min(Piece, count));
        for (var done = 0; done < count;)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, count - done));
            read((long)done * Marshal.SizeOf<TFile>(), MemoryMarshal.AsBytes(part));
            for (var i = 0; i < part.Length; i++) flat[done + i] = widen(part[i]);
            done += part.Length;
        }
        ArrayPool<TFile>.Shared.Return(piece);
    }

    private static Half[] HalfTable(int exponentBits, int bias, Func<int, bool> nan)
    {
        var mantissaBits = 7 - exponentBits;
        return [.. Enumerable.Range(0, 256).Select(value => nan(value) ? Half.NaN : (Half)Value(value))];

        double Value(int value)
        {
            var exponent = (value >> mantissaBits) & ((1 << exponentBits) - 1);
            var fraction = (value & ((1 << mantissaBits) - 1)) / (double)(1 << mantissaBits);
            var magnitude = exponent == 0 ? Math.ScaleB(fraction, 1 - bias) : Math.ScaleB(1 + fraction, exponent - bias);
            return (value & 0x80) == 0 ? magnitude : -magnitude;
        }
    }

    private static CheckpointFormatException TooLarge(TensorEntry entry, string path, ulong value) =>
        new(path, $"the tensor '{entry.Name}' holds {value}, which no signed 64-bit integer can hold");
}
