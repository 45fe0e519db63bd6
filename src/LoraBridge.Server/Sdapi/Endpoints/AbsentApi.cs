using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>What is not done here, answered as a WebUI does that lacks the models for it.</summary>
internal static class AbsentApi
{
    private static readonly FieldTable s_interrogate = new(Field.Text("image", ""), Field.Text("model", "clip"));

    public static void MapAbsent(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Not done here");
        group.MapPost("/interrogate", InterrogateAsync).WithMetadata(s_interrogate).WithName("SdapiInterrogate").WithSummary("Describe a picture, for which there is no model");
        group.MapPost("/create/embedding", (HttpRequest request) => SayAsync(request, "create embedding error")).WithName("SdapiCreateEmbedding").WithSummary("Say that no embeddings are made here");
        group.MapPost("/create/hypernetwork", (HttpRequest request) => SayAsync(request, "create hypernetwork error")).WithName("SdapiCreateHypernetwork").WithSummary("Say that no hypernetworks are made here");
        group.MapPost("/train/embedding", (HttpRequest request) => SayAsync(request, "train embedding error")).WithName("SdapiTrainEmbedding").WithSummary("Say that no embeddings are trained here");
        group.MapPost("/train/hypernetwork", (HttpRequest request) => SayAsync(request, "train hypernetwork error")).WithName("SdapiTrainHypernetwork").WithSummary("Say that no hypernetworks are trained here");
    }

    private static async Task<JsonAnswer> InterrogateAsync(HttpRequest request, PictureInput pictures, CancellationToken cancel)
    {
        var fields = await RequestBody.ReadAsync(request, s_interrogate).ConfigureAwait(false);
        if (fields.Text("image").Length == 0) throw new SdapiException(404, "Image not found");
        if (fields.Text("model") is not ("clip" or "deepdanbooru")) throw new SdapiException(404, "Model not found");
        await pictures.ReadAsync(fields.Text("image"), cancel).ConfigureAwait(false);
        return new(new { Caption = "<error>" });
    }

    private static async Task<JsonAnswer> SayAsync(HttpRequest request, string what)
    {
        await RequestBody.ReadAsync(request).ConfigureAwait(false);
        return new(new { Info = $"{what}: LoraBridge trains LoRAs; start one at /lorabridge/v1" });
    }
}
