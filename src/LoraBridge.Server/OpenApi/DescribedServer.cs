using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Wire;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LoraBridge.Server.OpenApi;

/// <summary>A route as it is mapped.</summary>
/// <param name="Table">The fields of its body, for those of the WebUI's part that have one.</param>
internal sealed record DescribedRoute(FieldTable? Table);

/// <summary>A server that is put together to be described and never starts.</summary>
internal static class DescribedServer
{
    /// <summary>Puts one together with every route there can be.</summary>
    public static WebApplication Build()
    {
        // a path that is no machine's: descriptions must not depend on where they are written
        var settings = new ServerSettings { Port = 0, Data = new DataFolder("/lorabridge"), Sdapi = new() { AllowStop = true } };
        var app = LoraBridgeServer.Compose(settings, more: AddDescription);
        // what starting does first: routes become known to the services
        app.UseRouting();
        app.UseEndpoints(_ => { });
        return app;
    }

    /// <summary>The routes by their names.</summary>
    public static IReadOnlyDictionary<string, DescribedRoute> Routes(WebApplication app) => app.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .Where(route => route.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
        .ToDictionary(route => route.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName, route => new DescribedRoute(route.Metadata.GetMetadata<FieldTable>()), StringComparer.Ordinal);

    private static void AddDescription(IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSingleton<ISerializerDataContractResolver>(provider => new Contracts(provider.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions));
        services.AddSwaggerGen(drawing =>
        {
            foreach (var document in ApiDocument.All) drawing.SwaggerDoc(document.Name, new OpenApiInfo { Title = document.Title, Description = document.Description, Version = "v1" });
            drawing.DocInclusionPredicate((name, route) => ApiDocument.All.Single(document => document.Name == name).Covers("/" + route.RelativePath));
            drawing.CustomOperationIds(route => route.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName);
            drawing.CustomSchemaIds(SchemaNames.Of);
            drawing.MapType<Picture>(() => new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" });
            drawing.MapType<JsonNode>(() => new OpenApiSchema());
            drawing.MapType<JsonElement>(() => new OpenApiSchema());
            drawing.MapType<TimeSpan>(() => new OpenApiSchema { Type = JsonSchemaType.String });
            drawing.SchemaFilter<RecordFilter>();
            drawing.DocumentFilter<JobTypesFilter>();
            foreach (var assembly in (Assembly[])[typeof(LoraBridgeServer).Assembly, typeof(TextToImage).Assembly])
                drawing.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml"));
        });
    }

    /// <summary>How values are written: the library's records as in the engine's calls, of which jobs are made, all others as answers are.</summary>
    private sealed class Contracts(JsonSerializerOptions answers) : ISerializerDataContractResolver
    {
        private readonly JsonSerializerDataContractResolver _answers = new(answers), _calls = new(EngineJson.Options);

        public DataContract GetDataContractForType(Type type) =>
            type == typeof(RankChoice) ? DataContract.ForDynamic(type)          // spelled out in JobSchemas
            : (type.Assembly == typeof(TextToImage).Assembly || typeof(EngineCall).IsAssignableFrom(type) ? _calls : _answers).GetDataContractForType(type);
    }
}

/// <summary>What schemas are called: by their record, with its room before it where two rooms have one of the same name.</summary>
internal static class SchemaNames
{
    private static readonly HashSet<string> s_shared = [.. typeof(SchemaNames).Assembly.GetTypes().Where(IsWritten).GroupBy(type => type.Name).Where(group => group.Count() > 1).Select(group => group.Key)];

    public static string Of(Type type)
    {
        if (type.IsGenericType) return type.Name.Split('`')[0] + string.Concat(type.GetGenericArguments().Select(Of));
        if (type.IsNested) return Of(type.DeclaringType!) + type.Name;
        return s_shared.Contains(type.Name) ? type.Namespace!.Split('.')[^1].TrimEnd('s') + type.Name : type.Name;
    }

    private static bool IsWritten(Type type) => !type.IsNested && !type.IsGenericType && !type.IsDefined(typeof(CompilerGeneratedAttribute));
}
