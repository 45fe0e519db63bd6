using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraBridge.Files;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Documents;

/// <summary>
/// Documents in a folder, a JSON file each, which appear whole or not at all. The files are the truth: one that a person puts there, changes or
/// removes counts at once. No path is ever made of an id that does not fit the pattern.
/// </summary>
/// <typeparam name="T">What they are.</typeparam>
/// <param name="folder">The folder; made with the first document.</param>
/// <param name="ids">What ids look like.</param>
/// <param name="what">What one is called in sentences.</param>
/// <param name="most">The most documents.</param>
/// <param name="time">The clock of their dates.</param>
internal sealed class DocumentFolder<T>(string folder, Regex ids, string what, int most, TimeProvider time)
{
    private const long MostBytes = 16 << 20;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,                  // people read it
    };

    private readonly Lock _gate = new();

    /// <summary>Removes what a killed server left half written; nobody else may be writing there.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(folder)) return;
        foreach (var half in AtomicFile.Leftovers(folder)) File.Delete(half);
    }

    /// <summary>All of them.</summary>
    public DocumentList<T> List()
    {
        var (found, problems) = (new List<Document<T>>(), new List<string>());
        lock (_gate)
        {
            foreach (var id in Ids())
            {
                try
                {
                    found.Add(Read(id));
                }
                catch (RequestException broken)
                {
                    problems.Add($"{broken.Reason} {broken.Cure}");
                }
                catch (FileNotFoundException)
                {
                    // it went in this moment
                }
            }
        }
        return new([.. found.OrderByDescending(document => document.UpdatedAt).ThenBy(document => document.Id, StringComparer.Ordinal)], problems);
    }

    /// <summary>One of them.</summary>
    /// <exception cref="RequestException">There is none of this id, or its file cannot be read.</exception>
    public Document<T> Find(string id)
    {
        lock (_gate) return IsThere(id) ? Read(id) : throw Missing(id);
    }

    /// <summary>Saves a new one.</summary>
    /// <exception cref="RequestException">There are too many.</exception>
    public Document<T> Add(string id, T value)
    {
        lock (_gate)
        {
            CheckRoom();
            var now = time.GetUtcNow();
            return Write(new(id, 1, now, now, value));
        }
    }

    /// <summary>Changes one.</summary>
    /// <exception cref="RequestException">There is none of this id, or another version by now.</exception>
    public Document<T> Replace(string id, T value, WantedVersion wanted)
    {
        lock (_gate)
        {
            var before = Find(id);
            wanted.Demand();
            wanted.Check(before.Version);
            return Write(before with { Version = before.Version + 1, UpdatedAt = time.GetUtcNow(), Value = value });
        }
    }

    /// <summary>Changes one, or saves a new one where there is none of this id; a file that cannot be read is written over.</summary>
    /// <exception cref="RequestException">The id cannot be one, or there is another version by now.</exception>
    public Document<T> Put(string id, T value, WantedVersion wanted)
    {
        if (!IsId(id)) throw RequestException.Invalid("key", $"'{id}' cannot be the name of {what}.", "Use letters, digits, dots, lines and underscores, up to 100 of them, and a letter or digit first.");
        lock (_gate)
        {
            var isThere = IsThere(id);
            var before = isThere ? Readable(id) : null;
            if (before is null && wanted.Number is not null) throw Missing(id);
            if (!isThere) CheckRoom();
            if (before is not null) wanted.Check(before.Version);
            var now = time.GetUtcNow();
            return Write(new(id, (before?.Version ?? 0) + 1, before?.CreatedAt ?? now, now, value));
        }
    }

    /// <summary>Removes one.</summary>
    /// <exception cref="RequestException">There is none of this id, or another version by now.</exception>
    public void Delete(string id, WantedVersion wanted)
    {
        lock (_gate)
        {
            if (!IsThere(id)) throw Missing(id);
            if (wanted.Number is not null) wanted.Check(Find(id).Version);
            File.Delete(PathOf(id));
        }
    }

    private bool IsId(string id) => ids.IsMatch(id) && !SafeName.IsDevice(id);

    private bool IsThere(string id) => IsId(id) && File.Exists(PathOf(id));

    private string PathOf(string id) => Path.Combine(folder, id + ".json");

    private IEnumerable<string> Ids() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Where(IsId)
        : [];

    private void CheckRoom()
    {
        if (Ids().Count() >= most) throw RequestException.Conflict("id", $"There are {most} already, which is the most.", "Delete some that are of no use any more.");
    }

    private Document<T> Write(Document<T> document)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(PathOf(document.Id), JsonSerializer.SerializeToUtf8Bytes(document, s_json));
        return document;
    }

    private Document<T>? Readable(string id)
    {
        try
        {
            return Read(id);
        }
        catch (RequestException)
        {
            return null;
        }
    }

    private Document<T> Read(string id)
    {
        using var stream = File.OpenRead(PathOf(id));
        try
        {
            var bytes = BoundedRead.All(stream, MostBytes) ?? throw new JsonException($"It has more than {MostBytes:N0} bytes.");
            // the name of the file is the id, whatever a copied file says of itself
            var document = JsonSerializer.Deserialize<Document<T>>(bytes, s_json) ?? throw new JsonException("It is null.");
            return document.Value is null or JsonElement { ValueKind: JsonValueKind.Undefined } ? throw new JsonException("It has no value.") : document with { Id = id };
        }
        catch (JsonException error)
        {
            throw RequestException.Conflict("id", $"The file {id}.json of {what} cannot be read: {error.Message}", "Correct the file, or remove it.");
        }
    }

    private RequestException Missing(string id) => RequestException.Missing("id", $"There is no {what} '{(id.Length > 100 ? id[..100] + "…" : id)}'.", "It may have been deleted; take an id from the list.");
}
