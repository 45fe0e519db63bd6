using System.Text.Json;
using System.Text.Json.Serialization;
using LoraBridge.Server.Adapters;
using LoraBridge.Server.Blends;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Link;
using LoraBridge.Server.Logs;
using LoraBridge.Server.Metrics;
using LoraBridge.Server.OpenApi;
using LoraBridge.Server.Page;
using LoraBridge.Server.PageState;
using LoraBridge.Server.Presets;
using LoraBridge.Server.Safety;
using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Status;

namespace LoraBridge.Server;

/// <summary>Puts the server together: its services, its errors' form, its endpoints.</summary>
internal static class LoraBridgeServer
{
    private const int MostConnections = 4096;

    /// <summary>Builds a server that listens once it is started.</summary>
    /// <param name="settings">Where it listens and writes, and how.</param>
    /// <param name="time">Its clock; null for the system's.</param>
    /// <param name="drawing">What the WebUI's API draws with; null for the engine.</param>
    /// <param name="more">Adds services of the caller's own, such as kinds of jobs; null for none.</param>
    public static WebApplication Build(ServerSettings settings, TimeProvider? time = null, EngineCalls? drawing = null, Action<IServiceCollection>? more = null)
    {
        var app = Compose(settings, time, drawing, more);
        Recover(app.Services, settings.Data);
        app.Services.GetRequiredService<LogStore>().Begin();                    // the folder is ours
        app.Services.GetRequiredService<ServerClock>();                         // begins to count
        app.Services.StartMetrics();
        return app;
    }

    /// <summary>The same without touching a folder, for who only wants to look at it.</summary>
    public static WebApplication Compose(ServerSettings settings, TimeProvider? time = null, EngineCalls? drawing = null, Action<IServiceCollection>? more = null)
    {
        var start = DateTime.UtcNow;
        // not the caller's folder: a stray appsettings.json there is none of ours
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Listen(settings.Host, settings.Port);
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);   // whoever starts it reads the address from stdout
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSafety(settings);
        builder.Services.AddStatus();
        builder.Services.AddLogs();
        builder.Services.AddSdapi(settings);                                    // before others: its error handler knows its own endpoints
        builder.Services.AddSingleton(services => drawing ?? EngineCalls.Of(services.GetRequiredService<EngineClient>()));
        builder.Services.AddEngine(settings.Engine with { Trace = settings.Data.EngineTrace });
        builder.Services.AddLink();
        builder.Services.AddJobs();
        builder.Services.AddDatasets();
        builder.Services.AddHostedService(services => new DataSweep(settings, start, services.GetRequiredService<ILogger<DataSweep>>()));
        builder.Services.AddAdapters();
        builder.Services.AddBlends();
        builder.Services.AddPresets();
        builder.Services.AddPageState();
        builder.Services.AddChoices();
        builder.Services.AddServerMetrics();
        builder.Services.AddExceptionHandler<RequestErrorHandler>();
        builder.Services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);   // so that handlers of errors name the field
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.AllowDuplicateProperties = false;            // of two values none is meant
            json.SerializerOptions.Converters.Add(new StrictJson.Objects());
            json.SerializerOptions.Converters.Add(new StrictJson.Elements());
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });

        more?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseSdapi();
        app.UseSafety(settings);
        app.UseSdapiPaths();
        app.UseDocs();
        app.MapStatus();
        app.MapEngineStatus();
        app.MapJobs();
        app.MapLink();
        app.MapDatasets(settings.Datasets);
        app.MapAdapters();
        app.MapBlends();
        app.MapPresets();
        app.MapPageState();
        app.MapLogs();
        app.MapMetrics();
        app.MapSdapi(settings.Sdapi);
        app.MapChoices();
        app.MapPage(PageApi.Folder);
        app.MapDocs();
        return app;
    }

    /// <summary>Takes the data folder, and finishes what a killed server left there; a folder in another server's hands is told before this one listens.</summary>
    private static void Recover(IServiceProvider services, DataFolder data)
    {
        var jobs = services.GetRequiredService<JobStore>();
        EngineTrace.Clear(data.EngineTrace);
        JobFolders.Recover(jobs, data);
        services.GetRequiredService<DatasetStore>().Recover();
    }
}
