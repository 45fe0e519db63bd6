using System.Text.Json;
using System.Text.Json.Serialization;
using LoraBridge.Server.Sdapi;
using LoraBridge.Server.Status;

namespace LoraBridge.Server;

/// <summary>Puts the server together: its services, its errors' form, its endpoints.</summary>
internal static class LoraBridgeServer
{
    /// <summary>Builds a server that listens once it is started; its clock is the system's unless one is given.</summary>
    public static WebApplication Build(ServerSettings settings, TimeProvider? time = null)
    {
        // not the caller's folder: a stray appsettings.json there is none of ours
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(settings.Host, settings.Port));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<ServerClock>();
        builder.Services.AddProblemDetails();
        builder.Services.AddSdapi(settings);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });

        var app = builder.Build();
        app.UseSdapi(settings.Sdapi);
        app.MapStatus();
        app.MapSdapi(settings.Sdapi);
        app.Services.GetRequiredService<ServerClock>();                         // begins to count
        return app;
    }
}
