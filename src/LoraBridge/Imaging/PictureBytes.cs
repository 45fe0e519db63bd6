using Microsoft.Win32.SafeHandles;

namespace LoraBridge.Imaging;

/// <summary>
/// A picture file's bytes by offset, from memory or from an open file. Headers are walked through it, so that probing a
/// file reads a few blocks of it and decoding copies nothing.
/// </summary>
internal sealed class PictureBytes : IDisposable
{
    private const int Block = 4096;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly SafeFileHandle? _file;
    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;

    private PictureBytes(string name, ReadOnlyMemory<byte> memory, SafeFileHandle? file, long length)
    {
        Name = name;
        Length = length;
        _memory = memory;
        _file = file;
    }

    /// <summary>The path, or what the caller called the picture.</summary>
    public string Name { get; }

    public long Length { get; }

    public static PictureBytes FromMemory(ReadOnlyMemory<byte> memory, string name) => new(name, memory, null, memory.Length);

    public static PictureBytes FromFile(string path)
    {
        // never opened: a pipe has this size too, and opening one waits for its other end
        if (new FileInfo(path) is { Exists: true, Length: 0 }) return FromMemory(default, path);
        var file = File.OpenHandle(path);
        return new(path, default, file, RandomAccess.GetLength(file));
    }

    /// <summary>Up to <paramref name="count"/> bytes from <paramref name="offset"/>, fewer at the end of the file. Valid until the next call.</summary>
    public ReadOnlySpan<byte> At(long offset, long count)
    {
        if (offset < 0 || offset >= Length || count <= 0)
            return default;
        var wanted = (int)Math.Min(count, Length - offset);
        if (_file is null)
            return _memory.Span.Slice((int)offset, wanted);
        if (offset < _windowStart || offset + wanted > _windowStart + _windowLength)
            Load(offset, wanted);
        var start = (int)(offset - _windowStart);
        return _window.AsSpan(start, Math.Min(wanted, _windowLength - start));
    }

    /// <summary>Whether the bytes at <paramref name="offset"/> are those of <paramref name="mark"/>.</summary>
    public bool Has(long offset, ReadOnlySpan<byte> mark) => At(offset, mark.Length).SequenceEqual(mark);

    public PictureFormatException Broken(string reason, string cure = "Replace the file, or open it in an image editor and save it again.", Exception? inner = null) =>
        new(Name, reason, cure, inner);

    public PictureFormatException Unsupported(string reason) => new(Name, reason, "Save it as an ordinary PNG, JPEG or WebP picture.");

    public void Dispose() => _file?.Dispose();

    private void Load(long offset, int wanted)
    {
        var size = (int)Math.Min(Math.Max(wanted, Block), Length - offset);
        if (_window.Length < size)
            _window = new byte[size];
        _windowStart = offset;
        _windowLength = 0;
        while (_windowLength < wanted)
        {
            var read = RandomAccess.Read(_file!, _window.AsSpan(_windowLength, size - _windowLength), offset + _windowLength);
            if (read == 0)
                break; // the file was cut while it was read; callers see a short span
            _windowLength += read;
        }
    }
}
