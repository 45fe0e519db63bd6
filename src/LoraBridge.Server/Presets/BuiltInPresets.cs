using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Presets;

/// <summary>The presets that come with LoraBridge: for every subject and pace what <c>built-in.json</c> says, on top of the library's preset for the subject.</summary>
internal static class BuiltInPresets
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };
    private static readonly Lazy<Table> s_table = new(Read);
    private static readonly Lazy<IReadOnlyList<Preset>> s_all = new(Make);

    /// <summary>All of them, subject by subject, the quickest first.</summary>
    public static IReadOnlyList<Preset> All => s_all.Value;

    /// <summary>What can be taught.</summary>
    public static IReadOnlyList<PresetWord> Subjects => [.. s_table.Value.Subjects.Select(subject => new PresetWord(subject.Name, subject.Title, SettingsPresets.All[subject.Name]))];

    /// <summary>How much time can be taken.</summary>
    public static IReadOnlyList<PresetWord> Paces => [.. s_table.Value.Paces.Select(pace => new PresetWord(pace.Name, pace.Title, pace.Meaning))];

    private static Table Read()
    {
        using var stream = typeof(BuiltInPresets).Assembly.GetManifestResourceStream("LoraBridge.Server.Presets.built-in.json")!;
        return JsonSerializer.Deserialize<Table>(stream, s_json)!;
    }

    private static IReadOnlyList<Preset> Make() =>
        [.. from subject in s_table.Value.Subjects from pace in s_table.Value.Paces select Make(subject, pace)];

    private static Preset Make(Subject subject, Pace pace)
    {
        var report = TrainingSettings.Read(SettingsSource.Preset(subject.Name), SettingsWords.Source(pace.Settings, pace.Name), SettingsWords.Source(subject.Paces[pace.Name], subject.Name));
        return new()
        {
            Id = $"{subject.Name}-{pace.Name}",
            BuiltIn = true,
            Name = $"{subject.Title}, {pace.Title.ToLowerInvariant()}",
            Description = $"{SettingsPresets.All[subject.Name]} {pace.Meaning}",
            Subject = subject.Name,
            Pace = pace.Name,
            Settings = SettingsWords.Given(report),
        };
    }

    private sealed record Table(IReadOnlyList<Subject> Subjects, IReadOnlyList<Pace> Paces);

    private sealed record Subject(string Name, string Title, IReadOnlyDictionary<string, JsonObject> Paces);

    private sealed record Pace(string Name, string Title, string Meaning, JsonObject Settings);
}
