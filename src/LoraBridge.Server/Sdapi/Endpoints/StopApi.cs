using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Stops the server; only where its start allowed that.</summary>
internal static class StopApi
{
    public static void MapStop(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Server");
        group.MapPost("/server-stop", Stop).WithName("SdapiServerStop").WithSummary("Stop the server once its answers are sent");
        group.MapPost("/server-kill", Stop).WithName("SdapiServerKill").WithSummary("Stop the server");
        group.MapPost("/server-restart", () => TypedResults.StatusCode(StatusCodes.Status501NotImplemented)).WithName("SdapiServerRestart").WithSummary("Say that nothing here starts the server again");
    }

    private static ContentHttpResult Stop(IHostApplicationLifetime life)
    {
        life.StopApplication();
        return TypedResults.Text("Stopping.");
    }
}
