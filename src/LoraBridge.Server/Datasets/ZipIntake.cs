using System.Buffers.Binary;
using System.IO.Compression;

namespace LoraBridge.Server.Datasets;

/// <summary>Takes the files of an archive. Its directory is measured before it is read, and no file of it is believed to be as long as it says.</summary>
internal static class ZipIntake
{
    private const int EndLength = 22, MostDirectory = 32 << 20;
    private const long AlwaysFine = 1 << 20;

    /// <summary>Takes what can be taken; what is wrong with the archive or a file in it is among the report's lines.</summary>
    /// <param name="name">The archive's name.</param>
    /// <param name="file">The archive, seekable.</param>
    /// <param name="intake">Where its files go.</param>
    /// <param name="limits">How much it may unpack to.</param>
    /// <param name="cancel">Stops between two files.</param>
    public static void Take(string name, Stream file, PictureIntake intake, DatasetSettings limits, CancellationToken cancel)
    {
        if (Fault(file, limits) is var (reason, cure))
        {
            intake.Refuse(name, reason, cure);
            return;
        }
        try
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            var entries = archive.Entries.Where(entry => !IsRubbish(entry.FullName)).ToList();
            if (entries.Count == 0) intake.Refuse(name, "The archive holds no files.", "Pack the pictures again.");
            foreach (var entry in entries)
            {
                cancel.ThrowIfCancellationRequested();
                if (intake.IsFull) return;
                Take(name, entry, intake, limits);
            }
        }
        catch (InvalidDataException error)
        {
            intake.Refuse(name, $"The archive is damaged: {error.Message}", "Pack it again.");
        }
    }

    private static void Take(string archive, ZipArchiveEntry entry, PictureIntake intake, DatasetSettings limits)
    {
        var shown = $"{archive}/{entry.FullName}";
        if (entry.IsEncrypted) intake.Refuse(shown, "It is encrypted.", "Pack it without a password.");
        else if (entry.Length > AlwaysFine && entry.Length / limits.MaxRatio > entry.CompressedLength)
            intake.Refuse(shown, $"It unpacks to more than {limits.MaxRatio} times its size.", "Send the picture itself.");
        else if (entry.Length > intake.MaxBytes(entry.FullName)) intake.Take(entry.FullName, null);
        else
        {
            try
            {
                using var content = entry.Open();
                intake.Take(entry.FullName, BoundedRead.All(content, intake.MaxBytes(entry.FullName)));
            }
            catch (InvalidDataException error)
            {
                intake.Refuse(shown, $"It cannot be unpacked: {error.Message}", "Pack it again.");
            }
        }
    }

    /// <summary>What is against reading the archive's directory, which the reader keeps whole in memory.</summary>
    private static (string Reason, string Cure)? Fault(Stream file, DatasetSettings limits)
    {
        var tail = new byte[(int)Math.Min(file.Length, EndLength + ushort.MaxValue)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (at < 0 || tail.Length - at < EndLength) return ("It is no zip archive, or its end is missing.", "Pack it again, or send the pictures themselves.");
        var count = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 10));
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 16));
        return count == ushort.MaxValue || offset == uint.MaxValue ? ("It is an archive of the large kind (Zip64).", "Pack the pictures into several smaller archives.")
            : count > limits.MaxUploadFiles ? ($"It has {count:N0} files; {limits.MaxUploadFiles:N0} are taken at once.", "Pack the pictures into several smaller archives.")
            : offset > file.Length || file.Length - offset > MostDirectory ? ("Its directory is longer than that of any archive of pictures.", "Pack it again.")
            : null;
    }

    // folders, and what file managers add
    private static bool IsRubbish(string name) => name.EndsWith('/') || name.EndsWith('\\') || name.StartsWith("__MACOSX/", StringComparison.Ordinal)
        || Path.GetFileName(name) is ".DS_Store" or "Thumbs.db" or "desktop.ini";
}
