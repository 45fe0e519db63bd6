using System.Buffers.Binary;
using System.Globalization;
using LoraBridge.Files;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Logging;

/// <summary>
/// Writes an event file for TensorBoard: TFRecords of protobuf messages. Each record goes to the system in one piece when it is written, so that
/// a run which is killed keeps all before. May be used from many threads.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    private static int s_files;

    private readonly DiskStream _file;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();

    /// <summary>Begins a file in a folder, which is made where it is missing; files of one folder are one run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="resumedAt">The step after which a run goes on; TensorBoard forgets what earlier files say of later ones. Null begins a run.</param>
    /// <param name="time">The clock of file name and events; null for the system's.</param>
    public TensorBoardWriter(string folder, long? resumedAt = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _time = time ?? TimeProvider.System;
        Directory.CreateDirectory(folder);
        // readers take the files of a folder in the order of their names, so the number goes up within a process
        FilePath = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture,
            $"events.out.tfevents.{_time.GetUtcNow().ToUnixTimeSeconds():0000000000}.{HostName()}.{Environment.ProcessId}.{Interlocked.Increment(ref s_files) - 1}"));
        _file = new(FilePath, FileMode.CreateNew, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            Write(0, TensorBoardEvents.Version());
            if (resumedAt is { } step) Write(step + 1, TensorBoardEvents.Restart());
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file that is written.</summary>
    public string FilePath { get; }

    /// <summary>Writes a number.</summary>
    /// <param name="tag">Its name; what stands before a slash groups the charts.</param>
    /// <param name="value">The number, which is kept with seven digits; NaN and infinity are shown as such.</param>
    /// <param name="step">The optimizer step.</param>
    public void Scalar(string tag, double value, long step) => Scalars([new(tag, value)], step);

    /// <summary>Writes several numbers of a step as one event.</summary>
    public void Scalars(IEnumerable<KeyValuePair<string, double>> values, long step)
    {
        ArgumentNullException.ThrowIfNull(values);
        Write(step, TensorBoardEvents.Summary(values.Select(pair => TensorBoardEvents.Scalar(pair.Key, (float)pair.Value))));
    }

    /// <summary>Writes a picture as a PNG.</summary>
    public void Image(string tag, Picture picture, long step)
    {
        ArgumentNullException.ThrowIfNull(picture);
        Write(step, TensorBoardEvents.Summary([TensorBoardEvents.Image(tag, picture)]));
    }

    /// <summary>Writes a text, which TensorBoard shows as Markdown.</summary>
    public void Text(string tag, string markdown, long step)
    {
        ArgumentNullException.ThrowIfNull(markdown);
        Write(step, TensorBoardEvents.Summary([TensorBoardEvents.Text(tag, markdown)]));
    }

    /// <summary>Puts what was written onto the disk itself, for the case of a power cut.</summary>
    public void Flush()
    {
        lock (_lock) _file.Flush(toDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _file.Dispose();
    }

    private void Write(long step, ProtoMessage content)
    {
        var seconds = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        byte[] message = [.. new ProtoMessage().Double(1, seconds).Integer(2, step).ToArray(), .. content.ToArray()];
        var record = Record(message);
        lock (_lock)
        {
            var length = _file.Length;
            try
            {
                _file.Write(record);
            }
            catch (IOException)
            {
                // behind half a record no reader finds the next one
                _file.SetLength(length);
                throw;
            }
        }
    }

    // length, its checksum, the message, its checksum
    private static byte[] Record(ReadOnlySpan<byte> message)
    {
        var record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Crc32C.Masked(record.AsSpan(0, 8)));
        message.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), Crc32C.Masked(message));
        return record;
    }

    private static string HostName() => string.Concat(Environment.MachineName.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'));
}
