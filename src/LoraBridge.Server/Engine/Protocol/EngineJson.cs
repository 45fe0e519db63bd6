using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoraBridge.Generation;
using LoraBridge.Training;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>How calls and lines are written: one JSON object, one line.</summary>
internal static class EngineJson
{
    /// <summary>Kinds of the library's records; it knows nothing of wires, so they get their names here.</summary>
    private static readonly Dictionary<Type, Type[]> s_kinds = new()
    {
        [typeof(TrainingEvent)] = [typeof(TrainingStage), typeof(TrainingStepDone), typeof(TrainingFileWritten), typeof(TrainingValidated), typeof(TrainingWarning)],
        [typeof(PictureRequest)] = [typeof(TextToImageRequest), typeof(ImageToImageRequest)],
    };

    /// <summary>The form; both sides are of one build, so an unknown key is an error.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        resolver.Modifiers.Add(NameKinds);
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
        options.Converters.Add(new ScalarConverter());
        options.Converters.Add(new PairConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static void NameKinds(JsonTypeInfo type)
    {
        if (!s_kinds.TryGetValue(type.Type, out var kinds)) return;
        type.PolymorphismOptions = new() { TypeDiscriminatorPropertyName = "kind" };
        foreach (var kind in kinds) type.PolymorphismOptions.DerivedTypes.Add(new(kind, JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.Name)));
    }
}
