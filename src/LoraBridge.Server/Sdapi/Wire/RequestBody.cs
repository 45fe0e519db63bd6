using System.Text.Json;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>Reads the bodies of requests: JSON whose content type says so, or says nothing.</summary>
internal static class RequestBody
{
    // what a header says is believed so far, and the rest when it has come
    private const int MostBelieved = 1 << 20;

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 256 };

    /// <summary>The fields of a request.</summary>
    /// <exception cref="InvalidRequestException">The body is missing, is no JSON, or breaks the table.</exception>
    public static async Task<FieldValues> ReadAsync(HttpRequest request, FieldTable table) => table.Read(await ReadAsync(request).ConfigureAwait(false));

    /// <summary>The body, a JSON object.</summary>
    /// <exception cref="InvalidRequestException">The body is missing, is no JSON, or is no object.</exception>
    public static async Task<JsonElement> ReadAsync(HttpRequest request)
    {
        using var bytes = new MemoryStream((int)Math.Clamp(request.ContentLength ?? 0, 0, MostBelieved));
        await request.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted).ConfigureAwait(false);
        if (bytes.Length == 0) throw Fault("field required", "value_error.missing");
        if (!IsJson(request.ContentType)) throw Fault("value is not a valid dict", "type_error.dict");

        var body = Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
        return body.ValueKind switch
        {
            JsonValueKind.Object => body,
            JsonValueKind.Null => throw Fault("field required", "value_error.missing"),
            _ => throw Fault("value is not a valid dict", "type_error.dict"),
        };
    }

    private static bool IsJson(string? contentType)
    {
        if (string.IsNullOrWhiteSpace(contentType)) return true;
        var media = contentType.Split(';')[0].Trim();
        return media.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
            && (media.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, s_json);
            StrictJson.Check(document.RootElement, mayRepeat: true);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            var (line, column) = (error.LineNumber ?? 0, error.BytePositionInLine ?? 0);
            var place = Offset(utf8.Span, line) + column;
            throw new InvalidRequestException([new(["body", place], $"Expecting value: line {line + 1} column {column + 1} (char {place})", "value_error.jsondecode")]);
        }
    }

    private static long Offset(ReadOnlySpan<byte> utf8, long line)
    {
        var offset = 0;
        for (var i = 0L; i < line; i++) offset += utf8[offset..].IndexOf((byte)'\n') + 1;
        return offset;
    }

    private static InvalidRequestException Fault(string message, string type) => new([new(["body"], message, type)]);
}
