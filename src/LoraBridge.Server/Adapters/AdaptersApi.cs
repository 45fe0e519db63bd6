using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Adapters;

/// <summary>Lists and searches adapters, changes what stands in and beside them, and compares two.</summary>
internal static class AdaptersApi
{
    public const string Root = "/lorabridge/v1/adapters";
    private const int MostListed = 500;

    public static void AddAdapters(this IServiceCollection services) => services.AddSingleton<AdapterFiles>();

    public static void MapAdapters(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).WithTags("Adapters").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("/", ListAsync).WithName("ListAdapters").WithSummary("List adapters page by page; search looks into names, tags and notes");
        group.MapGet("/{name}", ReadAsync).WithName("GetAdapter").WithSummary("Read one adapter's facts");
        group.MapGet("/{name}/metadata", MetadataAsync).WithName("GetAdapterMetadata").WithSummary("Read all that an adapter's file says of itself");
        group.MapPatch("/{name}/metadata", EditAsync).WithName("EditAdapterMetadata").WithSummary("Set or remove metadata; only the header is rewritten, the hash stays");
        group.MapGet("/{name}/card", CardAsync).WithName("GetAdapterCard").WithSummary("Read the notes beside an adapter");
        group.MapPut("/{name}/card", WriteCardAsync).WithName("PutAdapterCard").WithSummary("Write the notes beside an adapter as the WebUI's card editor does");
        group.MapGet("/{name}/preview", PreviewAsync).WithName("GetAdapterPreview").WithSummary("Send the picture beside an adapter");
        group.MapPut("/{name}/preview", WritePreviewAsync).WithName("PutAdapterPreview").WithSummary("Put a picture beside an adapter").Accepts<IFormFile>("image/png", "image/jpeg", "image/webp")
            .WithMetadata(new RequestSizeLimitAttribute(AdapterFiles.MostPreviewBytes + 1));
        group.MapPost("/{name}/hash", HashAsync).WithName("HashAdapter").WithSummary("Compute an adapter's hash, and say whether its own word for it holds");
        routes.MapGet("/lorabridge/v1/adapter-comparison", CompareAsync).WithTags("Adapters").WithName("CompareAdapters").WithSummary("Compare what two adapters say of themselves, and their tensors' shapes")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<AdapterPage>> ListAsync(AdapterCatalog adapters, string search = "", string sort = "name", int offset = 0, int limit = 100)
    {
        if (offset < 0) throw RequestException.Invalid("offset", "It is negative.", "Give 0 or more.");
        if (limit is < 1 or > MostListed) throw RequestException.Invalid("limit", $"It is not 1 to {MostListed}.", $"Give 1 to {MostListed}.");
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        var words = search.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var found = catalog.Entries.Where(entry => words.All(word => Has(entry, word)));
        var sorted = sort switch
        {
            "name" => found.OrderBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase),
            "newest" => found.OrderByDescending(entry => entry.ModifiedUtc),
            "largest" => found.OrderByDescending(entry => entry.SizeInBytes),
            _ => throw RequestException.Invalid("sort", "It is no order.", "Say name, newest or largest."),
        };
        var all = sorted.ToList();
        return TypedResults.Ok(new AdapterPage(all.Count, offset, [.. all.Skip(offset).Take(limit).Select(AdapterReport.Of)], catalog.Problems));
    }

    private static async Task<Ok<AdapterReport>> ReadAsync(string name, AdapterFiles files) => TypedResults.Ok(AdapterReport.Of(await files.FindAsync(name).ConfigureAwait(false)));

    private static async Task<Ok<IReadOnlyDictionary<string, string>>> MetadataAsync(string name, AdapterFiles files)
    {
        var entry = await files.FindAsync(name).ConfigureAwait(false);
        try
        {
            return TypedResults.Ok(entry.ReadMetadata());
        }
        catch (CheckpointFormatException error)
        {
            throw RequestException.Conflict("name", $"The file cannot be read: {error.Reason}.", error.Cure ?? "Fetch it again.");
        }
    }

    private static async Task<Ok<IReadOnlyDictionary<string, string>>> EditAsync(string name, Body<MetadataEdit> body, AdapterFiles files) =>
        TypedResults.Ok(await files.EditAsync(name, body.Value).ConfigureAwait(false));

    private static async Task<Ok<AdapterCard>> CardAsync(string name, AdapterFiles files) => TypedResults.Ok(AdapterCard.Of((await files.FindAsync(name).ConfigureAwait(false)).SideCard));

    private static async Task<Ok<AdapterCard>> WriteCardAsync(string name, Body<AdapterCard> body, AdapterFiles files) =>
        TypedResults.Ok(AdapterCard.Of((await files.WriteCardAsync(name, body.Value).ConfigureAwait(false)).SideCard));

    private static async Task<PhysicalFileHttpResult> PreviewAsync(string name, AdapterFiles files, HttpResponse response)
    {
        var entry = await files.FindAsync(name).ConfigureAwait(false);
        if (entry.PreviewPath is not { } path || !File.Exists(path)) throw RequestException.Missing("name", "There is no picture beside this adapter.", "Send one with PUT.");
        response.Headers.CacheControl = "private, no-cache";
        var ending = Path.GetExtension(path).TrimStart('.').ToLowerInvariant();
        var (changed, length) = (File.GetLastWriteTimeUtc(path), new FileInfo(path).Length);
        return TypedResults.PhysicalFile(path, ending == "jpg" ? "image/jpeg" : $"image/{ending}", lastModified: changed, entityTag: new($"\"{changed.Ticks:x}-{length:x}\""));
    }

    private static async Task<NoContent> WritePreviewAsync(string name, HttpRequest request, AdapterFiles files, CancellationToken cancel)
    {
        var bytes = await BoundedRead.AllAsync(request.Body, AdapterFiles.MostPreviewBytes, cancel).ConfigureAwait(false)
            ?? throw new RequestException(StatusCodes.Status413PayloadTooLarge, "body", $"The picture has more than {AdapterFiles.MostPreviewBytes:N0} bytes.", "Scale it down.");
        await files.WritePreviewAsync(name, bytes).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<AdapterHash>> HashAsync(string name, AdapterFiles files, AdapterCatalog adapters, CancellationToken cancel)
    {
        var entry = await files.FindAsync(name).ConfigureAwait(false);
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        try
        {
            var hashed = await Task.Run(() => catalog.Verify(entry, cancel: cancel), cancel).ConfigureAwait(false);
            return TypedResults.Ok(new AdapterHash(name, hashed.ComputedHash!, hashed.ComputedHash![..12], entry.Header.ClaimedHash, AdapterReport.StateOf(hashed)));
        }
        catch (CheckpointFormatException error)
        {
            throw RequestException.Conflict("name", $"The file cannot be read: {error.Reason}.", error.Cure ?? "Fetch it again.");
        }
    }

    private static async Task<Ok<AdapterComparison>> CompareAsync(AdapterFiles files, string left = "", string right = "") =>
        TypedResults.Ok(AdapterComparison.Of(await files.FindAsync(left, "left").ConfigureAwait(false), await files.FindAsync(right, "right").ConfigureAwait(false)));

    private static bool Has(LoraEntry entry, string word) =>
        Has(entry.RelativePath, word) || Has(entry.Alias, word) || Has(entry.SideCard.ActivationText, word) || Has(entry.SideCard.Description, word) || Has(entry.SideCard.Notes, word)
        || entry.Header.Tags.Any(tag => Has(tag.Tag, word));

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
