using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>The bytes of a pickle, front to back. It never sets aside more memory than it has bytes in hand.</summary>
internal sealed class PickleInput(Stream stream, string path)
{
    private const int Piece = 1 << 14, MaxItem = 1 << 28;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[Piece];
    private int _next, _end;

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; }

    public string Path => path;

    public byte Byte()
    {
        if (_next == _end && !Refill()) throw Truncated();
        Position++;
        return _buffer[_next++];
    }

    public byte[] Bytes(ulong count)
    {
        if (count <= Piece)
        {
            var bytes = new byte[count];
            Fill(bytes);
            return bytes;
        }
        if (count > MaxItem) throw new CheckpointFormatException(path, $"its pickle at byte {Position:N0} has a text or bytes of {count:N0} bytes");
        // the count is a claim until the bytes have come
        using var grown = new MemoryStream();
        for (var left = (int)count; left > 0;)
        {
            if (_next == _end && !Refill()) throw Truncated();
            var taken = Math.Min(left, _end - _next);
            grown.Write(_buffer, _next, taken);
            _next += taken;
            Position += taken;
            left -= taken;
        }
        return grown.ToArray();
    }

    public string Utf8(ulong count)
    {
        try
        {
            return s_utf8.GetString(Bytes(count));
        }
        catch (DecoderFallbackException e)
        {
            throw new CheckpointFormatException(path, $"a text of its pickle at byte {Position:N0} is not valid UTF-8", inner: e);
        }
    }

    /// <summary>Text up to the end of the line, as names of globals are stored.</summary>
    public string Line()
    {
        const int Longest = 1000;
        var line = new StringBuilder();
        for (var c = Byte(); c != '\n'; c = Byte())
            if (line.Append((char)c).Length > Longest)
                throw new CheckpointFormatException(path, $"a name in its pickle at byte {Position:N0} is longer than {Longest} characters");
        return line.ToString();
    }

    public ushort UInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint UInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong UInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public double Double()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);                     // the one number that pickles store this way round
    }

    private void Fill(Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = Byte();
    }

    private bool Refill()
    {
        _next = 0;
        _end = stream.Read(_buffer);
        return _end > 0;
    }

    private CheckpointFormatException Truncated() =>
        new(path, $"its pickle ends in the middle, at byte {Position:N0}", "The download or copy is incomplete: fetch it again");
}
