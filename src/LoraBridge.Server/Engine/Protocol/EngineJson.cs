using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoraBridge.Training;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>How calls and lines are written: one JSON object, one line.</summary>
internal static class EngineJson
{
    private static readonly Type[] s_events =
    [
        typeof(TrainingStage), typeof(TrainingStepDone), typeof(TrainingFileWritten), typeof(TrainingValidated), typeof(TrainingWarning),
    ];

    /// <summary>The form; both sides are of one build, so an unknown key is an error.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        resolver.Modifiers.Add(NameEvents);
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            TypeInfoResolver = resolver,
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a loss may be NaN
            IncludeFields = true,                                               // of tuples
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
            MaxDepth = 64,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new PictureConverter());
        options.Converters.Add(new RankChoiceConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>The library knows nothing of wires, so its events get their names here.</summary>
    private static void NameEvents(JsonTypeInfo type)
    {
        if (type.Type != typeof(TrainingEvent)) return;
        type.PolymorphismOptions = new() { TypeDiscriminatorPropertyName = "event" };
        foreach (var kind in s_events) type.PolymorphismOptions.DerivedTypes.Add(new(kind, JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.Name)));
    }
}
