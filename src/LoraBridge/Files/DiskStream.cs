namespace LoraBridge.Files;

/// <summary>
/// A file to write to, whose refusals are all <see cref="IOException"/>: for the framework a file that grows beyond what its file system
/// or the user's quota allows (4 GiB on FAT) is an argument out of range.
/// </summary>
public sealed class DiskStream : Stream
{
    private readonly FileStream _file;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it must be new, and where writing begins.</param>
    /// <param name="share">What others may do with it meanwhile.</param>
    /// <param name="bufferSize">Bytes that are collected before they are handed to the system; 0 hands over each write whole.</param>
    public DiskStream(string path, FileMode mode, FileShare share, int bufferSize) => _file = new(path, mode, FileAccess.Write, share, bufferSize);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => _file.CanSeek;

    /// <inheritdoc/>
    public override bool CanWrite => _file.CanWrite;

    /// <inheritdoc/>
    public override long Length => _file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _file.Position;
        set => _file.Position = value;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _file.Write(buffer);
        }
        catch (ArgumentOutOfRangeException refused)
        {
            throw TooLarge(refused);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => Flush(toDisk: false);

    /// <summary>Hands what was collected to the system.</summary>
    /// <param name="toDisk">Whether to wait until it is on the disk itself.</param>
    public void Flush(bool toDisk)
    {
        try
        {
            _file.Flush(toDisk);
        }
        catch (ArgumentOutOfRangeException refused)
        {
            throw TooLarge(refused);
        }
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

    /// <inheritdoc/>
    public override void SetLength(long value) => _file.SetLength(value);

    /// <summary>Not possible: the file is written only.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The file is open for writing only.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            if (disposing) _file.Dispose();
        }
        catch (ArgumentOutOfRangeException refused)
        {
            throw TooLarge(refused);
        }
        finally
        {
            base.Dispose(disposing);
        }
    }

    private IOException TooLarge(ArgumentOutOfRangeException refused) => new($"'{_file.Name}' would grow larger than its file system or this user's quota allows.", refused);
}
