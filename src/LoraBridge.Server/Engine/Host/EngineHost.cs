using LoraBridge.Server.Engine.Protocol;
using Microsoft.Extensions.Logging.Console;

namespace LoraBridge.Server.Engine.Host;

/// <summary>The engine's side of the socket: one torch thread behind a few routes.</summary>
internal static class EngineHost
{
    /// <summary>Builds an engine that listens, on a Unix socket alone, once it is started.</summary>
    /// <param name="start">What it knows from its start.</param>
    /// <param name="socket">The socket's path, in a folder that only this user may enter.</param>
    public static WebApplication Build(EngineStart start, string socket)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;                           // pictures; the server has limits of its own
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;                          // a server that is slow to read has not gone
            kestrel.ListenUnixSocket(socket);
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // the server keeps the last lines of standard error
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(new EngineWork(start));
        builder.Services.AddSingleton(services => new EngineWorker(CarryOut(services)));

        var app = builder.Build();
        app.MapEngine();
        app.Services.GetRequiredService<EngineWorker>().Start();
        return app;
    }

    private static Func<EngineJob, EngineResult> CarryOut(IServiceProvider services)
    {
        var work = services.GetRequiredService<EngineWork>();
        return job => work.CarryOut(job, services.GetRequiredService<EngineWorker>());
    }
}
