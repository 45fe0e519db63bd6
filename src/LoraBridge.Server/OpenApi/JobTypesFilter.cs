using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Jobs.Kinds;
using LoraBridge.Training;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LoraBridge.Server.OpenApi;

/// <summary>Adds the schemas that no route has in its signature: what jobs of each kind are asked for, and what their events say.</summary>
internal sealed class JobTypesFilter : IDocumentFilter
{
    private static readonly Type[] s_types =
    [
        typeof(BakeCall), typeof(ResizeCall), typeof(ExtractCall), typeof(ConvertCall), typeof(PreviewCall), typeof(GenerateCall), typeof(TextToImageRequest), typeof(ImageToImageRequest),
        typeof(JobEventList), typeof(StateChanged), typeof(ProgressMade), typeof(WarningGiven), typeof(StepTaken), typeof(FileWritten), typeof(DeviceAwaited), typeof(TrainingValidated),
    ];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        if (context.DocumentName != ApiDocument.Own.Name) return;
        foreach (var type in s_types) context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository);
    }
}
