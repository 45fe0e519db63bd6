using System.Text.Json;
using System.Text.RegularExpressions;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Documents;
using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.PageState;

/// <summary>Keeps what the page wants to find again after a reload, such as drafts: values under keys.</summary>
internal static partial class PageStateApi
{
    /// <summary>The most bytes of a value.</summary>
    public const int MostBytes = 256 << 10;

    private const int MostKeys = 500;

    public static void AddPageState(this IServiceCollection services) => services.AddSingleton(provider =>
    {
        var folder = new DocumentFolder<JsonElement>(provider.GetRequiredService<DataFolder>().PageState, Key(), "saved value", MostKeys, provider.GetRequiredService<TimeProvider>());
        folder.Sweep();
        return folder;
    });

    public static void MapPageState(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1/page-state").WithTags("Page state").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("/", List).WithName("ListPageState").WithSummary("List the keys of what the page has saved");
        group.MapGet("/{key}", Read).WithName("GetPageState").WithSummary("Read what the page has saved under a key");
        group.MapPut("/{key}", WriteAsync).WithName("PutPageState").WithSummary("Save a JSON value under a key").Accepts<JsonElement>("application/json")
            .ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        group.MapDelete("/{key}", Delete).WithName("DeletePageState").WithSummary("Forget what the page has saved under a key");
    }

    private static Ok<PageStateList> List(DocumentFolder<JsonElement> folder) => TypedResults.Ok(new PageStateList([.. folder.List().All.Select(Of)]));

    private static Ok<JsonElement> Read(string key, DocumentFolder<JsonElement> folder, HttpResponse response)
    {
        var saved = folder.Find(key);
        response.Headers.ETag = $"\"{saved.Version}\"";
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(saved.Value);
    }

    private static async Task<Ok<PageStateEntry>> WriteAsync(string key, HttpRequest request, HttpResponse response, DocumentFolder<JsonElement> folder, CancellationToken cancel, [FromHeader(Name = "If-Match")] string? ifMatch = null, long? version = null)
    {
        if (!request.HasJsonContentType()) throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "body", "It is not JSON.", "Send a JSON value with the content type application/json.");
        var bytes = await BoundedRead.AllAsync(request.Body, MostBytes, cancel).ConfigureAwait(false)
            ?? throw new RequestException(StatusCodes.Status413PayloadTooLarge, "body", $"The value has more than {MostBytes:N0} bytes.", "Save less under one key.");
        var saved = folder.Put(key, Parse(bytes), WantedVersion.Read(ifMatch, version));
        response.Headers.ETag = $"\"{saved.Version}\"";
        return TypedResults.Ok(Of(saved));
    }

    private static NoContent Delete(string key, DocumentFolder<JsonElement> folder, [FromHeader(Name = "If-Match")] string? ifMatch = null, long? version = null)
    {
        folder.Delete(key, WantedVersion.Read(ifMatch, version));
        return TypedResults.NoContent();
    }

    private static JsonElement Parse(byte[] bytes)
    {
        try
        {
            // one level less than what the file around it may have
            using var document = JsonDocument.Parse(bytes, new() { MaxDepth = 60 });
            JsonSerializer.SerializeToUtf8Bytes(document.RootElement);          // half a sign can be read, and not written again
            return document.RootElement.Clone();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "body", $"It cannot be read: {error.Message}", "Send a JSON value.");
        }
    }

    private static PageStateEntry Of(Document<JsonElement> saved) => new(saved.Id, saved.Version, saved.UpdatedAt, saved.Value.GetRawText().Length);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex Key();
}

/// <summary>What the page has saved.</summary>
/// <param name="Entries">The last saved first.</param>
internal sealed record PageStateList(IReadOnlyList<PageStateEntry> Entries);

/// <summary>A value that the page has saved.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Version">1 when it is new, one more after every change; also the ETag.</param>
/// <param name="UpdatedAt">When it was saved last.</param>
/// <param name="Bytes">About how long it is.</param>
internal sealed record PageStateEntry(string Key, long Version, DateTimeOffset UpdatedAt, int Bytes);
