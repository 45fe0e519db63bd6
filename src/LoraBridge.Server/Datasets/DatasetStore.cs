using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LoraBridge.Files;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>The data sets below the data folder: <c>id/dataset.json</c> and what belongs to it. Each appears, and goes, by one rename.</summary>
internal sealed class DatasetStore(ServerSettings settings, TimeProvider time)
{
    private const string RecordFile = "dataset.json";
    private const int MostName = 200, MostId = 48;
    private const string Unfinished = ".new-", Deleted = ".gone-";

    private readonly ConcurrentDictionary<string, Dataset> _open = new(StringComparer.Ordinal);
    private readonly Lock _naming = new();
    private readonly string _root = settings.Data.Datasets;

    /// <summary>All data sets, by id; those whose record is damaged say so when they are asked for by id.</summary>
    public IReadOnlyList<Dataset> All() => Directory.Exists(_root)
        ? [.. Directory.EnumerateDirectories(_root).Select(Path.GetFileName).OfType<string>().Where(IsId).Order(StringComparer.Ordinal).Select(OpenIfWhole).OfType<Dataset>()]
        : [];

    /// <summary>One data set.</summary>
    /// <exception cref="RequestException">There is none of this id.</exception>
    public Dataset Find(string id) => (IsId(id) ? Open(id) : null)
        ?? throw RequestException.Missing("id", "There is no data set of this id.", "Take an id from GET /lorabridge/v1/datasets, or create a data set.");

    /// <summary>Makes an empty data set, or one over a folder that is there.</summary>
    public Dataset Create(string name, string? folder)
    {
        var record = new DatasetRecord { Name = Checked(name), CreatedAt = time.GetUtcNow(), Folder = folder is null ? null : AllowedFolder.Resolve(folder, settings.Datasets) };
        lock (_naming)
        {
            if (record.Folder is not null && All().FirstOrDefault(other => other.Folder == record.Folder) is { } same)
                throw RequestException.Conflict("folder", $"It is data set '{same.Id}' already.", "Use that one, or name another folder.");
            Directory.CreateDirectory(_root);
            Sweep();
            var id = FreeId(name);
            var draft = Path.Combine(_root, $"{Unfinished}{Guid.NewGuid():N}");
            Directory.CreateDirectory(record.Folder is null ? Dataset.OwnFolder(draft) : draft);
            AtomicFile.Write(Path.Combine(draft, RecordFile), JsonSerializer.SerializeToUtf8Bytes(record, DatasetJson.Options));
            Directory.Move(draft, Path.Combine(_root, id));
            return Open(id)!;
        }
    }

    /// <summary>Gives a data set another name; its id stays.</summary>
    public Dataset Rename(string id, string name)
    {
        var dataset = Find(id);
        lock (dataset.Gate)
        {
            dataset.EnsureThere();
            var record = dataset.Record with { Name = Checked(name) };
            AtomicFile.Write(Path.Combine(dataset.Home, RecordFile), JsonSerializer.SerializeToUtf8Bytes(record, DatasetJson.Options));
            dataset.Record = record;
        }
        return dataset;
    }

    /// <summary>Forgets a data set with its own pictures; a registered folder stays as it is.</summary>
    public void Delete(string id)
    {
        var dataset = Find(id);
        lock (dataset.Gate)
        {
            dataset.EnsureThere();
            var gone = Path.Combine(_root, $"{Deleted}{Guid.NewGuid():N}");
            Directory.Move(dataset.Home, gone);
            _open.TryRemove(id, out _);
            Directory.Delete(gone, recursive: true);
        }
    }

    /// <summary>Removes data sets that a killed server had not made whole, or not taken away whole.</summary>
    public void Recover()
    {
        if (Directory.Exists(_root)) Sweep();
    }

    private Dataset? Open(string id)
    {
        var home = Path.Combine(_root, id);
        var path = Path.Combine(home, RecordFile);
        if (!File.Exists(path))
        {
            _open.TryRemove(id, out _);
            return null;
        }
        try
        {
            return _open.GetOrAdd(id, _ =>
            {
                var dataset = new Dataset(id, home, Record(path));
                foreach (var folder in Directory.EnumerateDirectories(home).Append(home)) Leftovers.Sweep(folder);
                return dataset;
            });
        }
        catch (Exception deleted) when (deleted is DirectoryNotFoundException or FileNotFoundException)
        {
            return null;                                                        // just now
        }
    }

    private Dataset? OpenIfWhole(string id)
    {
        try
        {
            return Open(id);
        }
        catch (RequestException)
        {
            return null;
        }
    }

    private static DatasetRecord Record(string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<DatasetRecord>(File.ReadAllBytes(path), DatasetJson.Options) is { } record) return record;
        }
        catch (JsonException)
        {
            // said below
        }
        throw RequestException.Conflict("id", $"The data set's {RecordFile} is damaged.", "Correct that file, or delete the data set's folder.");
    }

    // what a killed process left
    private void Sweep()
    {
        foreach (var folder in Directory.EnumerateDirectories(_root, ".*"))
            if (Path.GetFileName(folder) is { } name && (name.StartsWith(Unfinished, StringComparison.Ordinal) || name.StartsWith(Deleted, StringComparison.Ordinal))) TryDelete(folder);
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // it is only rubbish, and perhaps somebody's who deletes it now
        }
    }

    private static string Checked(string name) =>
        string.IsNullOrWhiteSpace(name) ? throw RequestException.Invalid("name", "It is empty.", "Give the data set a name.")
        : name.Length > MostName ? throw RequestException.Invalid("name", $"It is longer than {MostName} characters.", "Give a shorter one.")
        : name.Any(char.IsControl) ? throw RequestException.Invalid("name", "It holds control characters.", "Give a name in one line of text.")
        : name.Trim();

    private string FreeId(string name)
    {
        var letters = new StringBuilder();
        foreach (var c in name.Normalize(NormalizationForm.FormKD).ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c)) letters.Append(c);
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && letters.Length > 0 && letters[^1] != '-') letters.Append('-');
        }
        var text = letters.ToString();
        var stem = text[..Math.Min(text.Length, MostId)].Trim('-');
        if (stem.Length == 0) stem = "dataset";
        for (var i = 1; ; i++)
        {
            var id = i == 1 ? stem : $"{stem}-{i}";
            if (!SafeName.IsDevice(id) && !Path.Exists(Path.Combine(_root, id))) return id;
        }
    }

    private static bool IsId(string text) => text.Length is > 0 and <= 64 && text[0] != '-' && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
