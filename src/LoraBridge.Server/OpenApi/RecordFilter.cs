using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Engine.Protocol;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LoraBridge.Server.OpenApi;

/// <summary>Adds to a record's schema what its property initialisers and parameters say: defaults, and what must be given.</summary>
internal sealed class RecordFilter : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties.Count: > 0 } record || context.MemberInfo is not null || context.ParameterInfo is not null) return;
        var parameters = Parameters(context.Type);
        var model = Model(context.Type, parameters);
        var (nullability, nullable) = (new NullabilityInfoContext(), new JsonArray());
        foreach (var (name, property) in record.Properties)
        {
            var member = context.Type.GetProperties().FirstOrDefault(candidate => JsonNamingPolicy.CamelCase.ConvertName(candidate.Name) == name);
            if (member is null) continue;
            var isNullable = nullability.Create(member).ReadState == NullabilityState.Nullable;
            if (isNullable) nullable.Add(name);
            if (property is not OpenApiSchema drawn) continue;
            if (!isNullable) drawn.Type &= ~JsonSchemaType.Null;
            if (model is not null && member.GetMethod!.GetParameters().Length == 0 && Scalar(member.GetValue(model)) is { } value && !IsRequired(record, name)) drawn.Default = value;
        }
        if (nullable.Count > 0) (record.Extensions ??= new Dictionary<string, IOpenApiExtension>())[SchemaRules.Nullable] = new JsonNodeExtension(nullable);
        foreach (var parameter in parameters.Where(parameter => !parameter.HasDefaultValue && nullability.Create(parameter).WriteState != NullabilityState.Nullable))
            if (JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!) is var name && record.Properties.ContainsKey(name)) (record.Required ??= new HashSet<string>()).Add(name);
    }

    private static bool IsRequired(OpenApiSchema record, string name) => record.Required?.Contains(name) == true;

    /// <summary>The parameters of a positional record; none of others.</summary>
    private static ParameterInfo[] Parameters(Type type)
    {
        var constructors = type.GetConstructors();
        return constructors is [var only] && only.GetParameters() is { Length: > 0 } parameters && parameters.All(parameter => type.GetProperty(parameter.Name!) is not null) ? parameters : [];
    }

    /// <summary>A record as it is when nothing is said; null where something must be said.</summary>
    private static object? Model(Type type, ParameterInfo[] parameters)
    {
        if (type.IsAbstract || type.ContainsGenericParameters) return null;
        if (parameters.Length > 0) return type.GetConstructors()[0].Invoke([.. parameters.Select(parameter => parameter.HasDefaultValue ? parameter.DefaultValue : Nothing(parameter.ParameterType))]);
        return type.GetConstructor(Type.EmptyTypes)?.Invoke(null);
    }

    private static object? Nothing(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    private static JsonNode? Scalar(object? value) => value switch
    {
        null => null,
        Enum word => JsonSerializer.SerializeToNode(word, word.GetType(), EngineJson.Options),
        string or bool or int or long or double => JsonSerializer.SerializeToNode(value, value.GetType(), JsonSerializerOptions.Default),
        _ => null,
    };
}
