using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Endpoints;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi;

/// <summary>Puts the WebUI's API together.</summary>
internal static class SdapiServices
{
    /// <summary>Adds its services; those of <see cref="EngineCalls"/> come from elsewhere.</summary>
    public static void AddSdapi(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSdapiPipeline();
        services.AddSingleton(settings.Data);
        services.AddSingleton(new ModelFolders(settings.Data, settings.Sdapi));
        services.AddSingleton(_ => new OptionsStore(settings.Data.Options));
        services.AddSingleton<HashQueue>();
        services.AddSingleton<CheckpointList>();
        services.AddSingleton<VaeList>();
        services.AddSingleton<EmbeddingList>();
        services.AddSingleton<TextWidths>();
        services.AddSingleton<StyleList>();
        services.AddSingleton<AdapterCatalog>();
        services.AddSingleton<PictureDownload>();
        services.AddSingleton<PictureInput>();
        services.AddSingleton<PictureFolder>();
        services.AddSingleton<RequestMapping>();
        services.AddSingleton<InfotextFields>();
        services.AddSingleton<Generations>();
        services.AddSingleton<JobDrawing>();
        services.AddSingleton<JobAnswer>();
        services.AddSingleton<JobRunner>();
        services.AddHostedService<FirstLook>();
    }

    /// <summary>Adds its 52 routes; three of them only where the start allows to stop the server.</summary>
    public static void MapSdapi(this IEndpointRouteBuilder routes, SdapiSettings settings)
    {
        var all = routes.MapGroup("").WithMetadata(SdapiErrorShape.Instance);
        var sdapi = all.MapGroup("/sdapi/v1");
        sdapi.MapGeneration();
        sdapi.MapPictures();
        sdapi.MapProgress();
        sdapi.MapOptions();
        sdapi.MapListing();
        sdapi.MapRefresh();
        sdapi.MapMemory();
        sdapi.MapExtensions();
        sdapi.MapAbsent();
        if (settings.AllowStop) sdapi.MapStop();
        all.MapGroup("/internal").MapInternal();
        all.MapGroup("/sd_extra_networks").MapCards();
    }
}
