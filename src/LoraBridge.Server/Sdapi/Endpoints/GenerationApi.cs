using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Scripts;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Draws pictures.</summary>
internal static class GenerationApi
{
    public static void MapGeneration(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Generation");
        group.MapPost("/txt2img", TextToImageAsync).WithMetadata(RequestFields.TextToImage).WithName("SdapiTxt2Img").WithSummary("Draw pictures from a prompt");
        group.MapPost("/img2img", ImageToImageAsync).WithMetadata(RequestFields.ImageToImage).WithName("SdapiImg2Img").WithSummary("Draw pictures from pictures");
        group.MapGet("/scripts", GetScripts).WithName("SdapiScripts").WithSummary("List the scripts that requests may name");
        group.MapGet("/script-info", GetScriptInfo).WithName("SdapiScriptInfo").WithSummary("List the scripts with their arguments");
    }

    private static async Task<JsonAnswer> TextToImageAsync(HttpRequest request, JobRunner runner) =>
        await runner.RunAsync("txt2img", await RequestBody.ReadAsync(request, RequestFields.TextToImage).ConfigureAwait(false), request.HttpContext.RequestAborted).ConfigureAwait(false);

    private static async Task<JsonAnswer> ImageToImageAsync(HttpRequest request, JobRunner runner) =>
        await runner.RunAsync("img2img", await RequestBody.ReadAsync(request, RequestFields.ImageToImage).ConfigureAwait(false), request.HttpContext.RequestAborted).ConfigureAwait(false);

    private static JsonAnswer GetScripts() => new(new { Txt2img = Names("txt2img"), Img2img = Names("img2img") });

    private static JsonAnswer GetScriptInfo() => new(new[] { "txt2img", "img2img" }.SelectMany(kind => ScriptTable.For(kind).Select(script => new
    {
        script.Name,
        IsAlwayson = script is AlwaysOnScript,
        IsImg2img = kind == "img2img",
        Args = script.Arguments,
    })));

    private static IEnumerable<string> Names(string kind) => ScriptTable.For(kind).Select(script => script.Name);
}
