using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>Options as JSON, for requests, resume files and records: camelCase, choices by their names, every value written out.</summary>
public static class SettingsJson
{
    /// <summary>How options are written and read; an unknown key is an error.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Writes options.</summary>
    public static string Write(TrainingOptions options) => JsonSerializer.Serialize(options, Options);

    /// <summary>Reads what <see cref="Write"/> wrote; for files of people use <see cref="TrainingSettings"/>, which knows other names and tells every problem.</summary>
    /// <exception cref="JsonException">It is no JSON of options.</exception>
    public static TrainingOptions Read(string json) =>
        JsonSerializer.Deserialize<TrainingOptions>(json, Options) ?? throw new JsonException("The options are null.");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,              // names of folders stay readable; it is no HTML
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
