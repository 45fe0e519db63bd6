using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace LoraBridge.Server.Datasets;

/// <summary>Reads the files of a multipart upload one after another; never more of one than its limit is in memory.</summary>
internal sealed class UploadReader(ServerSettings settings, ContentHashes hashes)
{
    private readonly string _scratch = Path.Combine(settings.Data.Cache, "uploads");

    /// <summary>Takes every file of a request into a data set. Files that came before the connection broke stay.</summary>
    /// <exception cref="RequestException">The request is no upload.</exception>
    public async Task<UploadReport> ReadAsync(Dataset dataset, HttpRequest request, CancellationToken cancel)
    {
        var reader = new MultipartReader(Boundary(request), request.Body);
        var intake = new PictureIntake(dataset, settings.Datasets, hashes);
        try
        {
            while (await FromFormAsync(reader.ReadNextSectionAsync(cancel)).ConfigureAwait(false) is { } section)
                if (NameOf(section) is { } name) await TakeAsync(intake, name, section.Body, cancel).ConfigureAwait(false);
        }
        finally
        {
            intake.Finish();                                                    // captions of the pictures that were taken
        }
        var report = intake.Report();
        return report.Files.Count > 0 ? report : throw RequestException.Invalid("files", "There is no file in the form.", "Add each picture, caption or archive as a file.");
    }

    private async Task TakeAsync(PictureIntake intake, string name, Stream content, CancellationToken cancel)
    {
        if (intake.IsFull) return;
        if (!name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            intake.Take(name, await FromFormAsync(BoundedRead.AllAsync(content, intake.MaxBytes(name), cancel)).ConfigureAwait(false));
            return;
        }
        Directory.CreateDirectory(_scratch);
        Leftovers.SweepAll(_scratch);
        var path = Path.Combine(_scratch, $"{Guid.NewGuid():N}.zip");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous, BufferSize = 1 << 16 };
        await using var file = new FileStream(path, options);
        await FromFormAsync(CopyAsync(content, file, cancel)).ConfigureAwait(false);
        await Task.Run(() => ZipIntake.Take(name, file, intake, settings.Datasets, cancel), cancel).ConfigureAwait(false);
    }

    private static async Task<T> FromFormAsync<T>(Task<T> reading)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "body", $"The form cannot be read: {error.Message}", "Send it again as multipart/form-data, each picture as a file.");
        }
    }

    private static async Task<long> CopyAsync(Stream from, FileStream to, CancellationToken cancel)
    {
        await from.CopyToAsync(to, cancel).ConfigureAwait(false);
        return to.Length;
    }

    private static string Boundary(HttpRequest request)
    {
        var boundary = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;
        return string.IsNullOrWhiteSpace(boundary) || boundary.Length > 200
            ? throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "body", "It is no form with files.", "Send multipart/form-data, each picture as a file.")
            : boundary;
    }

    // what has no file name is a field of the form, of which none is needed
    private static string? NameOf(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var header)) return null;
        var name = header.FileNameStar.HasValue ? header.FileNameStar.Value : HeaderUtilities.RemoveQuotes(header.FileName).Value;
        return name is null && !header.FileName.HasValue ? null : name ?? "";
    }
}
