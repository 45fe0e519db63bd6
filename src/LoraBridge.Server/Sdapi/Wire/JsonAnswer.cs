using System.IO.Compression;
using System.Text.Json;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>An answer in the WebUI's JSON, packed with gzip from 1,000 bytes on for clients that allow it.</summary>
/// <param name="value">What to say; null is the body <c>null</c>, which clients read as JSON too.</param>
/// <param name="status">The HTTP status.</param>
internal sealed class JsonAnswer(object? value, int status = StatusCodes.Status200OK) : IResult
{
    private const int SmallestPacked = 1000;

    /// <summary>The body <c>null</c>.</summary>
    public static JsonAnswer Null { get; } = new(null);

    /// <summary>The body <c>{}</c>.</summary>
    public static JsonAnswer Empty { get; } = new(new Dictionary<string, object>());

    /// <summary>Headers besides the usual; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, SdapiJson.Options);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        if (body.Length >= SmallestPacked && httpContext.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            body = Packed(body);
            response.Headers.ContentEncoding = "gzip";
        }
        if (body.Length >= SmallestPacked) response.Headers.Vary = "Accept-Encoding";
        foreach (var (name, text) in Headers ?? new Dictionary<string, string>()) response.Headers[name] = text;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted).ConfigureAwait(false);
    }

    private static byte[] Packed(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(body);
        return packed.ToArray();
    }
}
