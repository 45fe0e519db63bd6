using System.Collections.Concurrent;
using System.Net;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Link.Webhooks;

/// <summary>
/// Delivers what waits: to each address one after another, to all at once. What fails waits longer every time, with a random part, and is given up in the end;
/// an address that fails again and again is left alone for a while. All of it stands in the store, so that a restart changes nothing.
/// </summary>
internal sealed partial class WebhookSender(WebhookStore store, TimeProvider time, ILogger<WebhookSender> log) : BackgroundService
{
    /// <summary>After how many tries a delivery is given up.</summary>
    public const int MostAttempts = 10;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(10), s_longestPause = TimeSpan.FromHours(1), s_nothing = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Circuit> _circuits = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1), MaxResponseHeadersLength = 16 })
    {
        Timeout = Timeout.InfiniteTimeSpan,                                     // the circuit has a limit
    };

    /// <summary>The circuit of a webhook; null where nothing was tried yet.</summary>
    public Circuit? CircuitOf(string webhook) => _circuits.GetValueOrDefault(webhook);

    /// <summary>Sends a test at once, whatever waits.</summary>
    /// <returns>What came of it; null where there is no such webhook.</returns>
    public async Task<Delivery?> TestAsync(Webhook hook, CancellationToken cancel)
    {
        if (store.AddTest(hook.Id) is not { } test) return null;
        var circuit = Of(hook.Id);
        var after = await TryAsync(test, call => circuit.CallNowAsync(call, cancel), hook, isOnlyOne: true).ConfigureAwait(false);
        store.Tried(after);
        return after;
    }

    /// <summary>Forgets what was learned of an address, as it is another now or gone.</summary>
    public void Forget(string webhook) => _circuits.TryRemove(webhook, out _);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var busy = new Dictionary<string, Task>(StringComparer.Ordinal);
        store.EndTests();
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = store.Changed;
            var pause = s_nothing;
            try
            {
                foreach (var due in store.Due().Where(due => !busy.ContainsKey(due.Webhook))) busy[due.Webhook] = DeliverAsync(due, stoppingToken);
                if (store.NextDue() is { } next && next - time.GetUtcNow() is var left && left < pause) pause = left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
            }
            catch (SqliteException unreadable)
            {
                LogUnreadable(unreadable);
            }
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny([changed, Task.Delay(pause, time, woken.Token), .. busy.Values]).ConfigureAwait(false);
            await woken.CancelAsync().ConfigureAwait(false);
            foreach (var (webhook, work) in busy.Where(pair => pair.Value.IsCompleted).ToList())
            {
                busy.Remove(webhook);
                await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await Task.WhenAll(busy.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DeliverAsync(Delivery delivery, CancellationToken serverEnds)
    {
        if (store.Find(delivery.Webhook) is not { IsEnabled: true } hook) return;
        var circuit = Of(hook.Id);
        try
        {
            var after = await TryAsync(delivery, call => circuit.CallAsync(call, serverEnds), hook).ConfigureAwait(false);
            store.Tried(after);
            if (after.State == "failed") LogGivenUp(hook.Id, new Uri(hook.Url).Authority, after.Attempts);
        }
        catch (OperationCanceledException) when (serverEnds.IsCancellationRequested)
        {
            // it is tried by the next server; a receiver that got it already knows it by its id
        }
        catch (SqliteException unwritten)
        {
            LogUnreadable(unwritten);
            await Task.Delay(s_firstPause, time, serverEnds).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Tries once; the delivery as it is afterwards.</summary>
    private async Task<Delivery> TryAsync(Delivery delivery, Func<Func<CancellationToken, ValueTask>, Task> make, Webhook hook, bool isOnlyOne = false)
    {
        var (begin, status) = (time.GetTimestamp(), (int?)null);
        try
        {
            await make(async cancel => status = await PostAsync(hook, delivery, cancel).ConfigureAwait(false)).ConfigureAwait(false);
            return Done(delivery with { State = "delivered", Attempts = delivery.Attempts + 1, Status = status, Error = null });
        }
        catch (LinkException kept) when (kept.Kind == LinkFailure.NotTried)
        {
            return delivery with { Error = delivery.Error ?? kept.Message, DueAt = Of(hook.Id).NextTryAt ?? time.GetUtcNow() + TimeSpan.FromSeconds(1) };
        }
        catch (LinkException failed)
        {
            var after = delivery with { Attempts = delivery.Attempts + 1, Status = failed.Status, Error = failed.Message };
            return isOnlyOne || after.Attempts >= MostAttempts
                ? Done(after with { State = "failed" })
                : after with { DueAt = time.GetUtcNow() + Pause(after.Attempts, failed.RetryAfter), LastAttemptAt = time.GetUtcNow(), Milliseconds = Elapsed() };
        }

        Delivery Done(Delivery after) => after with { LastAttemptAt = time.GetUtcNow(), EndedAt = time.GetUtcNow(), Milliseconds = Elapsed() };

        int Elapsed() => (int)time.GetElapsedTime(begin).TotalMilliseconds;
    }

    private async Task<int> PostAsync(Webhook hook, Delivery delivery, CancellationToken cancel)
    {
        using var request = WebhookMessage.Of(hook, delivery, time.GetUtcNow());
        try
        {
            // nothing of the answer but its head is read
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode) return (int)answer.StatusCode;
            throw new LinkException(LinkFailure.Failed, $"{request.RequestUri!.Authority} answered {(int)answer.StatusCode}.", Cure(answer.StatusCode))
            {
                Status = (int)answer.StatusCode,
                RetryAfter = answer.Headers.RetryAfter is { } later ? later.Delta ?? (later.Date - time.GetUtcNow()) : null,
            };
        }
        catch (HttpRequestException broken)
        {
            throw LinkException.Of(broken, request.RequestUri!);
        }
        catch (Exception odd) when (odd is IOException or NotSupportedException or InvalidOperationException)
        {
            throw new LinkException(LinkFailure.Failed, $"The call to {request.RequestUri!.Authority} failed ({odd.GetType().Name}).", "See what that program says.");
        }
    }

    private static string Cure(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "The receiver wants another secret or another address.",
        HttpStatusCode.NotFound or HttpStatusCode.Gone => "Correct the address, or remove the webhook.",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => "Redirections are not followed: give the address itself.",
        _ => "See what the receiver says.",
    };

    /// <summary>How long a delivery waits after a try: twice as long every time, half of it by chance, so that many do not come at once.</summary>
    internal static TimeSpan Pause(int attempts, TimeSpan? wish)
    {
        var whole = Math.Min(s_longestPause.TotalSeconds, s_firstPause.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 20)));
#pragma warning disable CA5394 // no secret: it spreads the tries
        var pause = TimeSpan.FromSeconds(whole * (0.5 + (0.5 * Random.Shared.NextDouble())));
#pragma warning restore CA5394
        return wish is { } asked && asked > pause ? (asked < s_longestPause ? asked : s_longestPause) : pause;
    }

    private Circuit Of(string webhook) => _circuits.GetOrAdd(webhook, _ => new(new(), time));

    [LoggerMessage(LogLevel.Warning, "Webhook {Id} to {Host}: a delivery was given up after {Attempts} tries")]
    private partial void LogGivenUp(string id, string host, int attempts);

    [LoggerMessage(LogLevel.Error, "The deliveries of webhooks cannot be read or written; it is tried again soon")]
    private partial void LogUnreadable(Exception error);
}
