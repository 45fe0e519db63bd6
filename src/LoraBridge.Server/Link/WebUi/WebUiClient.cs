using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LoraBridge.Server.Link.WebUi;

/// <summary>What is asked of a WebUI.</summary>
internal enum WebUiAction
{
    /// <summary>Whether it answers.</summary>
    Check,

    /// <summary>To look for adapters.</summary>
    Refresh,

    /// <summary>To give its model's memory up.</summary>
    Unload,

    /// <summary>To take its model back.</summary>
    Reload,
}

/// <summary>Speaks to a WebUI: each call with a limit of time, a few tries, none for a while after many failures; the last calls are remembered.</summary>
internal sealed class WebUiClient : IDisposable
{
    private const int CallsKept = 50;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly TimeProvider _time;
    private readonly Queue<WebUiCall> _calls = new();

    /// <summary>Speaks to nobody yet.</summary>
    public WebUiClient(WebUiSettings settings, TimeProvider time)
    {
        (Settings, _time) = (settings, time);
        Circuit = new(settings.Patience, time);
        _http.BaseAddress = settings.Url;
        if (settings.Credentials is { } pair) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    /// <summary>To whom.</summary>
    public WebUiSettings Settings { get; }

    /// <summary>Whether calls are made.</summary>
    public Circuit Circuit { get; }

    /// <summary>The last calls, the newest first.</summary>
    public IReadOnlyList<WebUiCall> Calls
    {
        get
        {
            lock (_calls) return [.. _calls.Reverse()];
        }
    }

    /// <summary>Asks.</summary>
    /// <param name="action">For what.</param>
    /// <param name="isNow">Whether a person waits: one try, whatever was before.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <exception cref="LinkException">It was not done, or it is not known whether it was.</exception>
    public async Task AskAsync(WebUiAction action, bool isNow, CancellationToken cancel)
    {
        ValueTask Once(CancellationToken end) => SendAsync(action, end);
        try
        {
            await (isNow ? Circuit.CallNowAsync(Once, cancel) : Circuit.CallAsync(Once, cancel)).ConfigureAwait(false);
        }
        catch (LinkException untried) when (untried.Kind == LinkFailure.NotTried)
        {
            Note(new(_time.GetUtcNow(), NameOf(action), false, null, 0, untried.Message, WasMade: false));
            throw;
        }
    }

    /// <summary>An action's name in answers.</summary>
    public static string NameOf(WebUiAction action) => action switch
    {
        WebUiAction.Check => "check",
        WebUiAction.Refresh => "refresh-loras",
        WebUiAction.Unload => "unload-checkpoint",
        _ => "reload-checkpoint",
    };

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async ValueTask SendAsync(WebUiAction action, CancellationToken cancel)
    {
        var (at, begin, status, error) = (_time.GetUtcNow(), _time.GetTimestamp(), (int?)null, (string?)"There was no answer in time.");
        try
        {
            // progress is cheap, and asks for the password as all of the API does
            using var request = new HttpRequestMessage(action == WebUiAction.Check ? HttpMethod.Get : HttpMethod.Post, "sdapi/v1/" + (action == WebUiAction.Check ? "progress?skip_current_image=true" : NameOf(action)));
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
            status = (int)answer.StatusCode;
            if (!answer.IsSuccessStatusCode) throw Refusal(answer.StatusCode);
            error = null;
        }
        catch (HttpRequestException broken)
        {
            var failed = LinkException.Of(broken, Settings.Url!);
            error = failed.Message;
            throw failed;
        }
        catch (LinkException failed)
        {
            error = failed.Message;
            throw;
        }
        finally
        {
            Note(new(at, NameOf(action), error is null, status, (int)_time.GetElapsedTime(begin).TotalMilliseconds, error));
        }
    }

    private LinkException Refusal(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(LinkFailure.Refused, $"The WebUI at {Settings.Url!.Authority} refuses the password.", "Give what it was started with (--api-auth) to this server as --webui-auth USER:PASSWORD.") { Status = (int)status },
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => new(LinkFailure.Refused, $"The WebUI at {Settings.Url!.Authority} has no such route.", "Start it with --api, and check that --webui-url is its address.") { Status = (int)status },
        _ => new(LinkFailure.Failed, $"The WebUI at {Settings.Url!.Authority} answered {(int)status}.", "See what its console says.") { Status = (int)status },
    };

    private void Note(WebUiCall call)
    {
        lock (_calls)
        {
            _calls.Enqueue(call);
            if (_calls.Count > CallsKept) _calls.Dequeue();
        }
    }
}

/// <summary>A call to the WebUI.</summary>
/// <param name="Time">When.</param>
/// <param name="Action">What it was asked for.</param>
/// <param name="Ok">Whether it was done.</param>
/// <param name="Status">The HTTP status that it answered.</param>
/// <param name="Milliseconds">How long that took.</param>
/// <param name="Error">What was wrong, with what helps.</param>
/// <param name="WasMade">Whether the WebUI was called at all; after many failures it is left alone for a while.</param>
internal sealed record WebUiCall(DateTimeOffset Time, string Action, bool Ok, int? Status, int Milliseconds, string? Error, bool WasMade = true);
