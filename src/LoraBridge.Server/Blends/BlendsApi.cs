using LoraBridge.Server.Documents;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Blends;

/// <summary>Blends of adapters: kept, looked at, written as text, baked.</summary>
internal static class BlendsApi
{
    private const string Root = "/lorabridge/v1/blends";
    private const int MostListed = 500, MostText = 200_000;

    public static void AddBlends(this IServiceCollection services) => services
        .AddSingleton<BlendStore>()
        .AddSingleton(provider => BlendCalls.Of(provider.GetRequiredService<EngineClient>()))
        .AddSingleton<AdapterNames>()
        .AddSingleton<PreviewDesk>()
        .AddSingleton<BlendDrawing>()
        .AddSingleton<TrainingGrids>();

    public static void MapBlends(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).WithTags("Blends").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("/", List).WithName("ListBlends").WithSummary("List saved blends, the last changed first; search looks into names, notes, prompts and adapters");
        group.MapPost("/", Add).WithName("AddBlend").WithSummary("Save a blend");
        group.MapGet("/{id}", Read).WithName("GetBlend").WithSummary("Read a saved blend");
        group.MapPut("/{id}", Replace).WithName("PutBlend").WithSummary("Change a saved blend; If-Match says which version was changed")
            .ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status428PreconditionRequired);
        group.MapDelete("/{id}", Delete).WithName("DeleteBlend").WithSummary("Delete a saved blend");
        group.MapPost("/{id}/bake", BakeAsync).WithName("BakeBlend").WithSummary("Queue the job that makes one adapter file of a blend").ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("/preview", PreviewAsync).WithName("PreviewBlend").WithSummary("Draw one small picture of a blend at once; a newer request of the same client takes its place")
            .Produces<BlendPicture>(StatusCodes.Status200OK, "application/json", "image/png").ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapPost("/grid", GridAsync).WithName("DrawBlendGrid").WithSummary("Draw a blend at several weights as a table: a small one at once, a large one as a job")
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapPost("/lorabridge/v1/jobs/{id}/grid", DrawTrainingAsync).WithTags("Jobs").WithName("DrawTrainingGrid").WithSummary("Queue the pictures of a training's adapters at several weights: a job for every seed, a row for every adapter")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapPost("/parse", ParseAsync).WithName("ParseBlend").WithSummary("Make a blend of a prompt with tags, or of a picture's infotext");
        group.MapPost("/format", Format).WithName("FormatBlend").WithSummary("Write a blend as tags, as a prompt, and as a request to the WebUI's API");
    }

    private static Ok<BlendPage> List(BlendStore blends, string search = "", int offset = 0, int limit = 100)
    {
        if (offset < 0) throw RequestException.Invalid("offset", "It is negative.", "Give 0 or more.");
        if (limit is < 1 or > MostListed) throw RequestException.Invalid("limit", $"It is not 1 to {MostListed}.", $"Give 1 to {MostListed}.");
        return TypedResults.Ok(blends.List(search, offset, limit));
    }

    private static Created<SavedBlend> Add(Body<BlendRecipe> body, BlendStore blends, HttpResponse response)
    {
        var saved = Tagged(blends.Add(body.Value), response);
        return TypedResults.Created(new Uri($"{Root}/{saved.Id}", UriKind.Relative), saved);
    }

    private static Ok<SavedBlend> Read(string id, BlendStore blends, HttpResponse response) => TypedResults.Ok(Tagged(blends.Find(id), response));

    private static Ok<SavedBlend> Replace(string id, Body<BlendRecipe> body, BlendStore blends, HttpResponse response, [FromHeader(Name = "If-Match")] string? ifMatch = null, long? version = null) =>
        TypedResults.Ok(Tagged(blends.Replace(id, body.Value, WantedVersion.Read(ifMatch, version)), response));

    private static NoContent Delete(string id, BlendStore blends, [FromHeader(Name = "If-Match")] string? ifMatch = null, long? version = null)
    {
        blends.Delete(id, WantedVersion.Read(ifMatch, version));
        return TypedResults.NoContent();
    }

    private static async Task<IResult> PreviewAsync(Body<BlendLook> body, BlendDrawing drawing, HttpContext http)
    {
        var picture = await drawing.PreviewAsync(body.Value, http.RequestAborted).ConfigureAwait(false);
        var accepted = http.Request.GetTypedHeaders().Accept;
        if (accepted is not [{ MediaType.Value: "image/png" }, ..]) return TypedResults.Ok(picture);
        http.Response.Headers["X-LoraBridge-Seed"] = $"{picture.Seed}";
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Bytes(picture.Image, "image/png");
    }

    private static async Task<Results<Ok<BlendTable>, Accepted<JobsAdded>>> GridAsync(Body<BlendGridLook> body, BlendDrawing drawing, HttpContext http)
    {
        var (table, jobs) = await drawing.GridAsync(body.Value, http.RequestAborted).ConfigureAwait(false);
        return table is not null ? TypedResults.Ok(table) : Queued(jobs!);
    }

    private static async Task<Accepted<JobsAdded>> DrawTrainingAsync(string id, Body<TrainingGridLook> body, TrainingGrids grids)
    {
        var added = JobsAdded.Of(await grids.QueueAsync(id, body.Value).ConfigureAwait(false));
        return TypedResults.Accepted(new Uri($"/lorabridge/v1/jobs/{added.Jobs[0].Id}", UriKind.Relative), added);
    }

    private static async Task<Accepted<JobsAdded>> BakeAsync(string id, Body<BlendBake> body, BlendStore blends, BlendDrawing drawing) =>
        Queued(await drawing.BakeAsync(blends.Find(id).Recipe, body.Value).ConfigureAwait(false));

    private static async Task<Ok<ParsedBlend>> ParseAsync(Body<BlendTextQuestion> body, AdapterNames names)
    {
        if (body.Value.Text.Length > MostText) throw RequestException.Invalid("text", $"The text has more than {MostText:N0} characters.", "Send one prompt, or one infotext.");
        var (recipe, warnings) = BlendText.Parse(body.Value.Text);
        return TypedResults.Ok(new ParsedBlend(recipe, warnings, await names.UnknownAsync(recipe.Adapters.Select(adapter => adapter.Name)).ConfigureAwait(false)));
    }

    private static Ok<FormattedBlend> Format(Body<BlendFormatQuestion> body)
    {
        var blend = body.Value.Blend;
        blend.Picture();
        return TypedResults.Ok(new FormattedBlend(BlendText.Tags(blend), BlendText.Prompt(blend), BlendText.TextToImage(blend)));
    }

    private static Accepted<JobsAdded> Queued(QueuedJobs queued)
    {
        var added = JobsAdded.Of(queued);
        return TypedResults.Accepted(new Uri($"/lorabridge/v1/jobs/{added.Jobs[0].Id}", UriKind.Relative), added);
    }

    private static SavedBlend Tagged(SavedBlend blend, HttpResponse response)
    {
        response.Headers.ETag = $"\"{blend.Version}\"";
        return blend;
    }
}
