using System.Text;
using LoraBridge.Server.Documents;
using LoraBridge.Server.Errors;
using LoraBridge.Training.Settings;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Presets;

/// <summary>Settings for trainings: presets, other trainers' files, and what every setting is.</summary>
internal static class PresetsApi
{
    private const string Root = "/lorabridge/v1/presets";

    public static void AddPresets(this IServiceCollection services) => services.AddSingleton<PresetStore>();

    public static void MapPresets(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).WithTags("Presets").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapGet("/", List).WithName("ListPresets").WithSummary("List presets: for style, character and object at three paces, then the saved ones");
        group.MapPost("/", Add).WithName("AddPreset").WithSummary("Save settings as a preset");
        group.MapPost("/import", Import).WithName("ImportPreset").WithSummary("Read another trainer's file or command line, and save it as a preset if that is wanted");
        group.MapGet("/{id}", Read).WithName("GetPreset").WithSummary("Read a preset");
        group.MapPut("/{id}", Replace).WithName("PutPreset").WithSummary("Change a saved preset; If-Match says which version was changed")
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status428PreconditionRequired);
        group.MapDelete("/{id}", Delete).WithName("DeletePreset").WithSummary("Delete a saved preset").ProducesProblem(StatusCodes.Status409Conflict);
        group.MapGet("/{id}/export", Export).WithName("ExportPreset").WithSummary("Send a preset as a file of settings").Produces<string>(StatusCodes.Status200OK, "application/yaml", "application/json", "application/toml");

        var training = routes.MapGroup("/lorabridge/v1/training").WithTags("Presets");
        training.MapGet("/schema", Schema).WithName("GetTrainingSchema").WithSummary("Say what every setting of a training is: its default, range, effect and consequence").Produces(StatusCodes.Status304NotModified);
        training.MapPost("/settings/check", Check).WithName("CheckTrainingSettings").WithSummary("Say what settings come to and what is wrong with them, without the pictures").ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static Ok<PresetList> List(PresetStore presets) => TypedResults.Ok(presets.List());

    private static Ok<Preset> Read(string id, PresetStore presets, HttpResponse response) => TypedResults.Ok(Tagged(presets.Find(id), response));

    private static Created<Preset> Add(Body<PresetDraft> body, PresetStore presets, HttpResponse response)
    {
        var saved = Tagged(presets.Add(body.Value), response);
        return TypedResults.Created(new Uri($"{Root}/{saved.Id}", UriKind.Relative), saved);
    }

    private static Ok<Preset> Replace(string id, Body<PresetDraft> body, PresetStore presets, HttpResponse response, [FromHeader(Name = "If-Match")] string? ifMatch = null, long? version = null) =>
        TypedResults.Ok(Tagged(presets.Replace(id, body.Value, WantedVersion.Read(ifMatch, version)), response));

    private static NoContent Delete(string id, PresetStore presets, [FromHeader(Name = "If-Match")] string? ifMatch = null, long? version = null)
    {
        presets.Delete(id, WantedVersion.Read(ifMatch, version));
        return TypedResults.NoContent();
    }

    private static Ok<ImportedSettings> Import(Body<PresetImport> body, PresetStore presets)
    {
        var import = body.Value;
        var source = SettingsSourceText.Of(import);
        var report = TrainingSettings.Read(source.ToSource());
        var settings = SettingsWords.Given(report);
        if (!import.Save) return TypedResults.Ok(new ImportedSettings(source.FormatName, settings, SettingsWords.Remarks(report), null));
        SettingsWords.ThrowIfWrong(report);
        var name = string.IsNullOrWhiteSpace(import.Name) ? Path.GetFileNameWithoutExtension(source.Name) : import.Name;
        var preset = presets.Add(new() { Name = name, Settings = settings, Description = $"From {source.Name}." });
        return TypedResults.Ok(new ImportedSettings(source.FormatName, settings, SettingsWords.Remarks(report), preset));
    }

    private static FileContentHttpResult Export(string id, PresetStore presets, string format = "yaml")
    {
        var preset = presets.Find(id);
        var text = format switch
        {
            "yaml" => SettingsFiles.Yaml(preset.Settings),
            "json" => SettingsFiles.Json(preset.Settings),
            "toml" => SettingsFiles.Toml(preset.Settings),
            _ => throw RequestException.Invalid("format", $"'{format}' is no language of settings.", "Say yaml, json or toml."),
        };
        return TypedResults.File(Encoding.UTF8.GetBytes(text), $"application/{format}; charset=utf-8", $"{preset.Id}.{format}");
    }

    private static Results<Ok<TrainingSchema>, StatusCodeHttpResult> Schema(HttpRequest request, HttpResponse response)
    {
        var schema = TrainingSchema.Current;
        var tag = $"\"{schema.Version}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "no-cache";
        return request.Headers.IfNoneMatch.Contains(tag) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(schema);
    }

    private static Ok<CheckedSettings> Check(Body<SettingsQuestion> body)
    {
        var report = SettingsWords.Read(body.Value.Settings);
        return TypedResults.Ok(new CheckedSettings(SettingsWords.Given(report), SettingsWords.Remarks(report)));
    }

    private static Preset Tagged(Preset preset, HttpResponse response)
    {
        response.Headers.ETag = $"\"{preset.Version}\"";
        return preset;
    }
}
