using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine;

/// <summary>Sends a call and reads the lines of its answer.</summary>
internal static class EngineAnswer
{
    /// <summary>The lines as they come. It ends without a last line where the connection broke, as when the engine ended.</summary>
    /// <param name="engine">Who is asked.</param>
    /// <param name="call">What.</param>
    /// <param name="cancel">Closes the connection, by which the engine gives the call up.</param>
    public static async IAsyncEnumerable<EngineLine> ReadAsync(RunningEngine engine, EngineCall call, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/calls") { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(call, EngineJson.Options)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await Try(() => engine.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel), cancel).ConfigureAwait(false);
        if (response is null) yield break;
        if (!response.IsSuccessStatusCode)
        {
            yield return new ErrorLine(EngineErrorKind.Failed, $"The engine does not understand the call ({(int)response.StatusCode}).");
            yield break;
        }
        await using var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using var reader = new StreamReader(stream);
        while (await Try(() => reader.ReadLineAsync(cancel).AsTask(), cancel).ConfigureAwait(false) is { Length: > 0 } text)
        {
            if (Parse(text) is not { } line) yield break;
            yield return line;
            if (line is ResultLine or ErrorLine) yield break;
        }
    }

    /// <summary>Whether an engine that has ended is what a call failed of: its connections break, and what waited for one is cancelled when they are closed.</summary>
    /// <param name="error">What the call threw.</param>
    /// <param name="cancel">By which the caller gives the call up.</param>
    public static bool IsLoss(Exception error, CancellationToken cancel) =>
        error is HttpRequestException or IOException or ObjectDisposedException || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    /// <summary>Waits; null where the connection is broken.</summary>
    private static async Task<T?> Try<T>(Func<Task<T>> action, CancellationToken cancel) where T : class?
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (Exception broken) when (IsLoss(broken, cancel))
        {
            return null;
        }
    }

    /// <summary>A line; null for the torn last one of an engine that ended while it wrote.</summary>
    private static EngineLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<EngineLine>(text, EngineJson.Options);
        }
        catch (JsonException) when (!text.EndsWith('}'))
        {
            return null;
        }
    }
}
