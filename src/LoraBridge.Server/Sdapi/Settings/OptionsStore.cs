using System.Text.Json;
using LoraBridge.Files;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Sdapi.Settings;

/// <summary>The settings of this server: kept in a file of what differs from the defaults.</summary>
internal sealed class OptionsStore
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private volatile Options _current;

    /// <summary>Reads the file; a missing one has no changes.</summary>
    /// <exception cref="InvalidDataException">The file is no JSON object.</exception>
    public OptionsStore(string path)
    {
        _path = path;
        _current = new(Load(path));
    }

    /// <summary>The settings as they are now.</summary>
    public Options Current => _current;

    /// <summary>Sets what clients ask for and writes the file; all of it or nothing.</summary>
    /// <exception cref="SdapiFailure">A key is unknown.</exception>
    public void Set(IReadOnlyDictionary<string, JsonElement> changes)
    {
        CheckKeys(changes);
        Keep(changes, write: true);
    }

    /// <summary>Sets what a job asked for beyond its end; the file stays as it is.</summary>
    public void Leave(IReadOnlyDictionary<string, JsonElement> changes) => Keep(changes, write: false);

    /// <summary>Checks that every key that is given a value is known.</summary>
    /// <exception cref="SdapiFailure">One is not.</exception>
    public static void CheckKeys(IReadOnlyDictionary<string, JsonElement> changes)
    {
        foreach (var (key, value) in changes)
            if (value.ValueKind != JsonValueKind.Null && SettingTable.Find(key) is null)
                throw new SdapiFailure("KeyError", $"'{key}'");
    }

    private void Keep(IEnumerable<KeyValuePair<string, JsonElement>> changes, bool write)
    {
        lock (_lock)
        {
            var next = _current.With(changes.Where(change => SettingTable.Find(change.Key) is { IsRestricted: false }));
            if (write)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                AtomicFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(next.Values, s_format));
            }
            _current = next;
        }
    }

    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true };

    private static Dictionary<string, JsonElement> Load(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllBytes(path)) ?? [];
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The settings {path} are no JSON object: {error.Message} Correct the file, or remove it for the defaults.", error);
        }
    }
}
