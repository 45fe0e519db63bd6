using System.Text.RegularExpressions;
using LoraBridge.Server.Documents;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;

namespace LoraBridge.Server.Presets;

/// <summary>The presets: those that came with LoraBridge, and those that were saved in the data folder.</summary>
internal sealed partial class PresetStore
{
    private const int MostPresets = 1000;

    private readonly DocumentFolder<PresetDraft> _folder;

    public PresetStore(DataFolder data, TimeProvider time)
    {
        _folder = new(data.Presets, Id(), "preset", MostPresets, time);
        _folder.Sweep();
    }

    public PresetList List()
    {
        var (all, problems) = _folder.List();
        return new([.. BuiltInPresets.All, .. all.Select(Of)], BuiltInPresets.Subjects, BuiltInPresets.Paces, problems);
    }

    /// <exception cref="RequestException">There is none of this id.</exception>
    public Preset Find(string id) => BuiltIn(id) ?? Of(_folder.Find(id));

    /// <exception cref="RequestException">A field has a value that it cannot have.</exception>
    /// <exception cref="JobException">Settings are wrong; all of them are named.</exception>
    public Preset Add(PresetDraft draft) => Of(_folder.Add("preset-" + Guid.NewGuid().ToString("N")[..12], Kept(draft)));

    /// <inheritdoc cref="Add"/>
    public Preset Replace(string id, PresetDraft draft, WantedVersion wanted)
    {
        CheckIsOurs(id);
        return Of(_folder.Replace(id, Kept(draft), wanted));
    }

    public void Delete(string id, WantedVersion wanted)
    {
        CheckIsOurs(id);
        _folder.Delete(id, wanted);
    }

    private static PresetDraft Kept(PresetDraft draft)
    {
        if (string.IsNullOrWhiteSpace(draft.Name) || draft.Name.Length > 200 || draft.Name.Any(char.IsControl)) throw RequestException.Invalid("name", "It is empty, longer than 200 characters, or holds control characters.", "Give it a name, such as 'my style, long'.");
        if (draft.Description.Length > 10_000) throw RequestException.Invalid("description", "It is longer than 10,000 characters.", "Send a shorter text.");
        CheckWord("subject", draft.Subject, BuiltInPresets.Subjects);
        CheckWord("pace", draft.Pace, BuiltInPresets.Paces);
        var report = SettingsWords.Read(draft.Settings);
        SettingsWords.ThrowIfWrong(report);
        return draft with { Settings = SettingsWords.Given(report) };
    }

    private static void CheckWord(string field, string? value, IReadOnlyList<PresetWord> words)
    {
        if (value is not null && words.All(word => word.Name != value)) throw RequestException.Invalid(field, $"'{value}' is not known.", $"Say {string.Join(", ", words.Select(word => word.Name))}, or leave it out.");
    }

    private static void CheckIsOurs(string id)
    {
        if (BuiltIn(id) is not null) throw RequestException.Conflict("id", $"'{id}' came with LoraBridge and stays as it is.", "Save its settings under a name of your own, and change those.");
    }

    private static Preset? BuiltIn(string id) => BuiltInPresets.All.FirstOrDefault(preset => preset.Id == id);

    private static Preset Of(Document<PresetDraft> document) => new()
    {
        Id = document.Id,
        Version = document.Version,
        Name = document.Value.Name,
        Description = document.Value.Description,
        Subject = document.Value.Subject,
        Pace = document.Value.Pace,
        Settings = document.Value.Settings,
        CreatedAt = document.CreatedAt,
        UpdatedAt = document.UpdatedAt,
    };

    [GeneratedRegex(@"^preset-[0-9a-f]{12}\z")]
    private static partial Regex Id();
}
