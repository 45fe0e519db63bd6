using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>The scripts that a request names, with their arguments.</summary>
/// <param name="Selected">The one that draws; null for none.</param>
/// <param name="AlwaysOn">Those that change the request.</param>
internal sealed record ChosenScripts((SelectableScript Script, ScriptValues Values)? Selected, IReadOnlyList<(AlwaysOnScript Script, ScriptValues Values)> AlwaysOn)
{
    /// <summary>Finds them.</summary>
    /// <exception cref="SdapiException">One does not exist, or is of the other kind.</exception>
    public static ChosenScripts Of(string kind, FieldValues fields)
    {
        var always = fields.Members("alwayson_scripts").Select(pair => AlwaysOnOf(kind, pair.Key, pair.Value)).ToList();
        if (fields.TextOrNull("script_name") is not { Length: > 0 } name) return new(null, always);
        if (Find(kind, name) is not SelectableScript script) throw NotFound(name);
        return new((script, new(script, fields.List("script_args"))), always);
    }

    /// <summary>The job as the scripts that are always on want it.</summary>
    public PictureJob Prepare(PictureJob job) => AlwaysOn.Aggregate(job, (changed, script) => script.Script.Prepare(changed, script.Values));

    /// <summary>Draws the job as the chosen script does, or plainly.</summary>
    public Task<JobResult> RunAsync(PictureJob job, DrawPart draw) =>
        Selected is { } selected ? selected.Script.RunAsync(job, selected.Values, draw) : draw(job, 0, 1);

    private static (AlwaysOnScript, ScriptValues) AlwaysOnOf(string kind, string name, JsonElement value)
    {
        var script = Find(kind, name) ?? throw NotFound(name);
        if (script is not AlwaysOnScript always) throw new SdapiException(422, "Cannot have a selectable script in the always on scripts params");
        var arguments = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("args", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [];
        return (always, new(always, arguments));
    }

    private static Script? Find(string kind, string name) => ScriptTable.For(kind).FirstOrDefault(script => script.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static SdapiException NotFound(string name) => new(422, $"Script '{name}' not found");
}
