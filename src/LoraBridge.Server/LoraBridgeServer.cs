using System.Text.Json;
using System.Text.Json.Serialization;
using LoraBridge.Server.Adapters;
using LoraBridge.Server.Blends;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Logs;
using LoraBridge.Server.Metrics;
using LoraBridge.Server.Page;
using LoraBridge.Server.PageState;
using LoraBridge.Server.Presets;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Status;

namespace LoraBridge.Server;

/// <summary>Puts the server together: its services, its errors' form, its endpoints.</summary>
internal static class LoraBridgeServer
{
    /// <summary>Builds a server that listens once it is started.</summary>
    /// <param name="settings">Where it listens and writes, and how.</param>
    /// <param name="time">Its clock; null for the system's.</param>
    /// <param name="drawing">What the WebUI's API draws with; null for the engine.</param>
    /// <param name="more">Adds services of the caller's own, such as kinds of jobs; null for none.</param>
    public static WebApplication Build(ServerSettings settings, TimeProvider? time = null, EngineCalls? drawing = null, Action<IServiceCollection>? more = null)
    {
        // not the caller's folder: a stray appsettings.json there is none of ours
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(settings.Host, settings.Port));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddStatus();
        builder.Services.AddLogs();
        builder.Services.AddSdapi(settings);                                    // before others: its error handler knows its own endpoints
        builder.Services.AddSingleton(services => drawing ?? EngineCalls.Of(services.GetRequiredService<EngineClient>()));
        builder.Services.AddEngine(settings.Engine);
        builder.Services.AddJobs();
        builder.Services.AddDatasets();
        builder.Services.AddAdapters();
        builder.Services.AddBlends();
        builder.Services.AddPresets();
        builder.Services.AddPageState();
        builder.Services.AddServerMetrics();
        builder.Services.AddExceptionHandler<RequestErrorHandler>();
        builder.Services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);   // so that handlers of errors name the field
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });

        more?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseSdapi(settings.Sdapi);
        app.MapStatus();
        app.MapEngineStatus();
        app.MapJobs();
        app.MapDatasets(settings.Datasets);
        app.MapAdapters();
        app.MapBlends();
        app.MapPresets();
        app.MapPageState();
        app.MapLogs();
        app.MapSdapi(settings.Sdapi);
        app.MapChoices();
        app.MapPage(PageApi.Folder);
        app.Services.GetRequiredService<JobStore>();                            // a folder in another server's hands is told before this one listens
        app.Services.GetRequiredService<LogStore>().Begin();                    // the folder is ours
        app.Services.GetRequiredService<ServerClock>();                         // begins to count
        app.MapMetrics();                                                       // its instruments look at all of the above
        return app;
    }
}
