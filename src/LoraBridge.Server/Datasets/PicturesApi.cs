using LoraBridge.Imaging;
using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace LoraBridge.Server.Datasets;

/// <summary>Lists, takes, shows and removes the pictures of data sets.</summary>
internal static class PicturesApi
{
    private const int MostListed = 500;

    public static void MapPictures(this RouteGroupBuilder group, DatasetSettings limits)
    {
        group.MapGet("/{id}/pictures", ListAsync).WithName("ListPictures").WithSummary("List pictures page by page with their captions; search looks into names and captions");
        group.MapPost("/{id}/pictures", UploadAsync).WithName("UploadPictures").WithSummary("Take pictures, captions and zip archives from a form, with a report on every file")
            .Accepts<IFormFileCollection>("multipart/form-data").WithMetadata(new RequestSizeLimitAttribute(limits.MaxUploadBytes));
        group.MapPost("/{id}/pictures/import", ImportAsync).WithName("ImportPictures").WithSummary("Copy the pictures and captions of a folder that the server allows");
        group.MapGet("/{id}/pictures/{**name}", Show).WithName("GetPicture").WithSummary("Send a picture's file");
        group.MapDelete("/{id}/pictures/{**name}", Remove).WithName("RemovePicture").WithSummary("Take a picture and its caption out; versions can bring them back");
        group.MapGet("/{id}/thumbnails/{**name}", ThumbnailAsync).WithName("GetThumbnail").WithSummary("Send a small copy of a picture: 128, 256 or 512 pixels");
    }

    private static async Task<Ok<PicturePage>> ListAsync(string id, DatasetStore store, Captions captions, int offset = 0, int limit = 100, string search = "", CancellationToken cancel = default)
    {
        if (offset < 0) throw RequestException.Invalid("offset", "It is negative.", "Give 0 or more.");
        if (limit is < 1 or > MostListed) throw RequestException.Invalid("limit", $"It is not 1 to {MostListed}.", $"Give 1 to {MostListed}.");
        var dataset = store.Find(id);
        return TypedResults.Ok(await Task.Run(() =>
        {
            var found = dataset.Pictures().Where(picture => search.Length == 0 || Has(picture.Name, search) || Has(CaptionFile.Read(picture.Path) ?? "", search)).ToList();
            return new PicturePage(found.Count, offset, [.. found.Skip(offset).Take(limit).Select(picture => Describe(dataset, picture, captions))]);
        }, cancel).ConfigureAwait(false));
    }

    private static async Task<Ok<UploadReport>> UploadAsync(string id, DatasetStore store, UploadReader uploads, HttpRequest request, CancellationToken cancel) =>
        TypedResults.Ok(await uploads.ReadAsync(store.Find(id), request, cancel).ConfigureAwait(false));

    private static async Task<Ok<UploadReport>> ImportAsync(string id, Body<FolderName> body, DatasetStore store, ServerSettings settings, ContentHashes hashes, CancellationToken cancel)
    {
        var dataset = store.Find(id);
        var folder = AllowedFolder.Resolve(body.Value.Folder, settings.Datasets);
        return TypedResults.Ok(await Task.Run(() =>
        {
            var intake = new PictureIntake(dataset, settings.Datasets, hashes);
            FolderIntake.Take(folder, intake, cancel);
            intake.Finish();
            return intake.Report();
        }, cancel).ConfigureAwait(false));
    }

    private static PhysicalFileHttpResult Show(string id, string name, DatasetStore store, ContentHashes hashes)
    {
        var path = store.Find(id).Find(name);
        return TypedResults.PhysicalFile(path, TypeOf(path), lastModified: File.GetLastWriteTimeUtc(path), entityTag: new($"\"{hashes.Of(path)}\""), enableRangeProcessing: true);
    }

    private static NoContent Remove(string id, string name, DatasetStore store, DatasetVersions versions)
    {
        versions.Remove(store.Find(id), name);
        return TypedResults.NoContent();
    }

    private static async Task<FileContentHttpResult> ThumbnailAsync(string id, string name, DatasetStore store, Thumbnails thumbnails, HttpResponse response, int size = 256, CancellationToken cancel = default)
    {
        if (!Thumbnails.Sizes.Contains(size)) throw RequestException.Invalid("size", $"There is no thumbnail of {size} pixels.", $"Ask for {string.Join(", ", Thumbnails.Sizes)}.");
        var path = store.Find(id).Find(name);
        try
        {
            var (bytes, type, tag) = await thumbnails.OfAsync(path, size, cancel).ConfigureAwait(false);
            response.Headers.CacheControl = "private, no-cache";                // kept, but asked about: a name's picture can change
            return TypedResults.Bytes(bytes, type, entityTag: new EntityTagHeaderValue($"\"{tag}\""));
        }
        catch (PictureFormatException error)
        {
            throw RequestException.Invalid("name", $"The picture cannot be read: {error.Reason}.", error.Cure);
        }
    }

    private static PictureReport Describe(Dataset dataset, (string Name, string Path) picture, Captions captions)
    {
        var file = new FileInfo(picture.Path);
        var address = string.Join('/', picture.Name.Split('/').Select(Uri.EscapeDataString));
        var caption = captions.Read(picture.Name, picture.Path);
        var report = new PictureReport(picture.Name, file.Exists ? file.Length : 0, $"{DatasetsApi.Root}/{dataset.Id}/thumbnails/{address}", caption.Caption, caption.Tags, caption.Tokens);
        try
        {
            var info = PictureFile.Probe(picture.Path);
            return report with { Width = info.Width, Height = info.Height };
        }
        catch (Exception error) when (error is PictureFormatException or IOException)
        {
            return report with { Problem = error.Message };
        }
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);

    private static string TypeOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jpg" or ".jpeg" => "image/jpeg",
        var other => $"image/{other.TrimStart('.')}",
    };
}

/// <summary>A folder on the server's machine.</summary>
internal sealed record FolderName
{
    /// <summary>Its whole path.</summary>
    public required string Folder { get; init; }
}

/// <summary>A page of a list of pictures.</summary>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="Offset">How many come before this page.</param>
/// <param name="Pictures">This page.</param>
internal sealed record PicturePage(int Total, int Offset, IReadOnlyList<PictureReport> Pictures);

/// <summary>A picture as lists show it.</summary>
/// <param name="Name">What addresses call it.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="Thumbnail">The address of its small copy.</param>
/// <param name="Caption">Its caption; null where no file is beside it.</param>
/// <param name="Tags">What stands between the caption's commas.</param>
/// <param name="Tokens">The caption's length in CLIP's tokens; null without the vocabulary.</param>
internal sealed record PictureReport(string Name, long Bytes, string Thumbnail, string? Caption, IReadOnlyList<string> Tags, int? Tokens)
{
    /// <summary>Pixels in a row, upright; 0 where it cannot be read.</summary>
    public int Width { get; init; }

    /// <summary>Rows, upright; 0 where it cannot be read.</summary>
    public int Height { get; init; }

    /// <summary>Why it cannot be read; null when it can.</summary>
    public string? Problem { get; init; }
}
