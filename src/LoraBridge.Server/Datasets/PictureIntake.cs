using LoraBridge.Files;
using LoraBridge.Imaging;
using LoraBridge.Training.Data;

namespace LoraBridge.Server.Datasets;

/// <summary>Takes the files of one upload into a data set: each is checked, named and put in its place by one rename. Captions wait for <see cref="Finish"/>, since their pictures may come later.</summary>
internal sealed class PictureIntake
{
    private readonly Dataset _dataset;
    private readonly DatasetSettings _limits;
    private readonly Dictionary<string, string> _byHash = new(StringComparer.Ordinal), _byStem = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _sentStems = new(StringComparer.Ordinal);
    private readonly List<(int Place, string Sent, byte[] Bytes)> _captions = [];
    private readonly List<UploadedFile> _files = [];
    private long _bytes;

    public PictureIntake(Dataset dataset, DatasetSettings limits, ContentHashes hashes)
    {
        (_dataset, _limits) = (dataset, limits);
        foreach (var (name, path) in dataset.Pictures())
        {
            _byHash.TryAdd(hashes.Of(path), name);
            _byStem.TryAdd(Path.GetFileNameWithoutExtension(name), name);
        }
    }

    /// <summary>The most bytes that a file of this name may have.</summary>
    public int MaxBytes(string name) => IsCaption(name) ? CaptionFile.MostBytes : _limits.MaxPictureBytes;

    /// <summary>Whether the upload has had as many files as it may.</summary>
    public bool IsFull => _files.Count >= _limits.MaxUploadFiles;

    /// <summary>Notes that a file is not taken.</summary>
    public void Refuse(string name, string reason, string cure) => _files.Add(UploadedFile.Refused(name, reason, cure));

    /// <summary>Takes a file, or says why not.</summary>
    /// <param name="name">Its name, with folders or without, as it was sent.</param>
    /// <param name="bytes">The whole file; null where it has more bytes than <see cref="MaxBytes"/>.</param>
    public void Take(string name, byte[]? bytes)
    {
        var leaf = SafeName.Leaf(name, out var fault);
        _bytes += bytes?.Length ?? 0;
        if (IsFull) return;
        if (leaf is null) Refuse(name, fault!, "Rename the file and send it again.");
        else if (bytes is null) Refuse(name, $"It has more than {MaxBytes(name):N0} bytes.", "Scale the picture down, or save it as JPEG or WebP.");
        else if (_bytes > _limits.MaxUploadBytes) Refuse(name, $"The upload has more than {_limits.MaxUploadBytes:N0} bytes in all.", "Send the rest in another upload.");
        else if (IsCaption(leaf))
        {
            _captions.Add((_files.Count, name, bytes));
            _files.Add(new(UploadedFile.Shown(name), "caption"));
        }
        else _files.Add(Picture(name, leaf, bytes));
    }

    /// <summary>What became of each file.</summary>
    public UploadReport Report() => UploadReport.Of(_files);

    /// <summary>Writes the captions beside their pictures.</summary>
    public void Finish()
    {
        lock (_dataset.Gate)
        {
            foreach (var (place, sent, bytes) in _captions) _files[place] = OnDisk(sent, () => Caption(sent, bytes));
        }
        _captions.Clear();
    }

    private UploadedFile Picture(string sent, string leaf, byte[] bytes)
    {
        if (!PictureSearch.Endings.Contains(Path.GetExtension(leaf), StringComparer.OrdinalIgnoreCase))
            return UploadedFile.Refused(sent, $"Its ending '{Path.GetExtension(leaf)}' is none of a picture, a caption or an archive.", $"Send {string.Join(", ", PictureSearch.Endings)}, .txt or .zip.");
        PictureFormat format;
        try
        {
            format = PictureFile.Probe(bytes, leaf).Format;
            PictureFile.Read(bytes, leaf, new() { MaxPixels = _limits.MaxPixels });
        }
        catch (PictureFormatException error)
        {
            return UploadedFile.Refused(sent, $"It cannot be read: {error.Reason}.", error.Cure);
        }
        catch (MissingPictureLibraryException error)
        {
            return UploadedFile.Refused(sent, $"It cannot be read: {error.Library} is not installed.", $"Install {error.Package}, or convert the picture to PNG.");
        }
        lock (_dataset.Gate) return OnDisk(sent, () => Place(sent, leaf, format, bytes));
    }

    private static UploadedFile OnDisk(string sent, Func<UploadedFile> write)
    {
        try
        {
            return write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return UploadedFile.Refused(sent, $"It cannot be written: {error.Message}", "Check the folder's rights and the space on its disk.");
        }
    }

    private UploadedFile Place(string sent, string leaf, PictureFormat format, byte[] bytes)
    {
        var hash = ContentHashes.Of(bytes);
        var sentStem = Stem(sent);
        if (_byHash.TryGetValue(hash, out var twin))
        {
            _sentStems.TryAdd(sentStem, twin);
            return new(UploadedFile.Shown(sent), "duplicate") { DuplicateOf = twin };
        }
        if (_byHash.Count >= _limits.MaxPictures)
            return UploadedFile.Refused(sent, $"The data set has {_limits.MaxPictures:N0} pictures, as many as it may.", "Make another data set.");
        if (!Directory.Exists(_dataset.Folder))
            return UploadedFile.Refused(sent, "The data set was deleted meanwhile.", "Create it again.");
        var name = FreeName(leaf, format);
        AtomicFile.Write(Path.Combine(_dataset.Folder, name), bytes);
        _byHash.Add(hash, name);
        _byStem.Add(Path.GetFileNameWithoutExtension(name), name);
        _sentStems[sentStem] = name;
        return new(UploadedFile.Shown(sent), "taken") { SavedAs = name };
    }

    private UploadedFile Caption(string sent, byte[] bytes)
    {
        if (!_sentStems.TryGetValue(Stem(sent), out var picture) && !_byStem.TryGetValue(Path.GetFileName(Stem(sent)), out picture))
            return UploadedFile.Refused(sent, "No picture has this name.", "Give the caption its picture's name, and send the picture with it or before it.");
        var path = Path.Combine(_dataset.Folder, picture);
        if (!File.Exists(path)) return UploadedFile.Refused(sent, "Its picture was deleted meanwhile.", "Send both again.");
        CaptionFile.Write(path, Caption(bytes));
        return new(UploadedFile.Shown(sent), "caption") { SavedAs = picture };
    }

    private static string Caption(byte[] bytes) => CaptionEncoding.Decode(bytes).Text.ReplaceLineEndings("\n").Trim();

    // one caption file must not belong to two pictures, so the stem decides, on file systems that ignore case too
    private string FreeName(string leaf, PictureFormat format)
    {
        var (stem, ending) = (Path.GetFileNameWithoutExtension(leaf), Ending(leaf, format));
        for (var i = 1; ; i++)
        {
            var free = i == 1 ? stem : $"{stem}-{i}";
            // on the disk too: another upload may have brought one since this one began
            if (!_byStem.ContainsKey(free) && !PictureSearch.Endings.Any(other => Path.Exists(Path.Combine(_dataset.Folder, free + other)))) return free + ending;
        }
    }

    // a file that was renamed by hand gets the ending that other tools need
    private static string Ending(string leaf, PictureFormat format)
    {
        var given = Path.GetExtension(leaf).ToLowerInvariant();
        var right = $".{format.ToString().ToLowerInvariant()}";
        return given == right || (given == ".jpg" && format == PictureFormat.Jpeg) ? given : right;
    }

    private static string Stem(string sent) => Path.ChangeExtension(sent.Replace('\\', '/'), null);

    private static bool IsCaption(string name) => Path.GetExtension(name).ToLowerInvariant() is ".txt" or ".caption";
}
