using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Blends;

/// <summary>Lets every client have one picture in work: who moves a slider wants to see where it stands, not where it stood.</summary>
internal sealed class PreviewDesk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CancellationTokenSource> _inWork = new(StringComparer.Ordinal);

    /// <summary>Draws, unless a newer request of the same client comes before the end.</summary>
    /// <param name="client">Who asks; null for nobody, whose pictures do not meet.</param>
    /// <param name="draw">Draws.</param>
    /// <param name="gone">Set when the client has gone.</param>
    /// <exception cref="RequestException">A newer request took its place.</exception>
    public async Task<T> DrawAsync<T>(string? client, Func<CancellationToken, Task<T>> draw, CancellationToken gone)
    {
        if (string.IsNullOrEmpty(client)) return await draw(gone).ConfigureAwait(false);
        if (client.Length > 200) throw RequestException.Invalid("client", "It is longer than 200 characters.", "Give a short name, such as a random number of the page's.");
        using var mine = CancellationTokenSource.CreateLinkedTokenSource(gone);
        lock (_gate)
        {
            if (_inWork.TryGetValue(client, out var before)) before.Cancel();
            _inWork[client] = mine;
        }
        try
        {
            return await draw(mine.Token).ConfigureAwait(false);
        }
        catch (Exception ended) when (mine.IsCancellationRequested && !gone.IsCancellationRequested && ended is OperationCanceledException or EngineException { Kind: EngineErrorKind.Cancelled })
        {
            throw RequestException.Conflict("client", "A newer preview of the same client took its place.", "Take the newer one's answer.");
        }
        finally
        {
            lock (_gate)
            {
                if (_inWork.GetValueOrDefault(client) == mine) _inWork.Remove(client);
            }
        }
    }
}
