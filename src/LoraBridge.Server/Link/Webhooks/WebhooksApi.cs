using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Link.Webhooks;

/// <summary>Addresses that are told what happens to jobs: kept, tested, looked after.</summary>
internal static class WebhooksApi
{
    private const string Root = "/lorabridge/v1/webhooks";
    private const int MostText = 2000, MostListed = 200;

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).WithTags("Webhooks").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("/", List).WithName("ListWebhooks").WithSummary("List the addresses that are told what happens to jobs");
        group.MapPost("/", Add).WithName("AddWebhook").WithSummary("Tell an address what happens to jobs").ProducesProblem(StatusCodes.Status409Conflict);
        group.MapGet("/{id}", Read).WithName("GetWebhook").WithSummary("Show a webhook, how many deliveries wait, and whether its address is left alone for a while");
        group.MapPatch("/{id}", Edit).WithName("EditWebhook").WithSummary("Change a webhook; what is left out stays");
        group.MapDelete("/{id}", Delete).WithName("DeleteWebhook").WithSummary("Remove a webhook with all that it was told and was to be");
        group.MapPost("/{id}/test", TestAsync).WithName("TestWebhook").WithSummary("Send a test at once, and say what came of it");
        group.MapGet("/{id}/deliveries", Deliveries).WithName("ListDeliveries").WithSummary("List what a webhook was told and is to be, the newest first");
        group.MapPost("/{id}/deliveries/{delivery}/retry", Again).WithName("RetryDelivery").WithSummary("Send something once more that was given up or delivered");
    }

    private static Ok<WebhookList> List(WebhookStore store, WebhookSender sender) => TypedResults.Ok(new WebhookList([.. store.All().Select(hook => Report(hook, store, sender))], Webhook.AllEvents));

    private static Created<WebhookReport> Add(Body<NewWebhook> body, WebhookStore store, WebhookSender sender, TimeProvider time)
    {
        var asked = body.Value;
        var hook = new Webhook("hook-" + Guid.NewGuid().ToString("N")[..12], Text("name", asked.Name ?? new Uri(Url(asked.Url)).Host), Url(asked.Url), Events(asked.Events ?? Webhook.UsualEvents), Secret(asked.Secret), asked.Enabled, time.GetUtcNow(), 0);
        if (!store.Add(hook)) throw RequestException.Conflict("webhooks", $"There are {WebhookStore.Most} already.", "Remove one first.");
        return TypedResults.Created(new Uri($"{Root}/{hook.Id}", UriKind.Relative), Report(hook, store, sender));
    }

    private static Ok<WebhookReport> Read(string id, WebhookStore store, WebhookSender sender) => TypedResults.Ok(Report(Find(store, id), store, sender));

    private static Ok<WebhookReport> Edit(string id, Body<WebhookChange> body, WebhookStore store, WebhookSender sender)
    {
        var (hook, change) = (Find(store, id), body.Value);
        var after = hook with
        {
            Name = change.Name is { } name ? Text("name", name) : hook.Name,
            Url = change.Url is { } url ? Url(url) : hook.Url,
            Events = change.Events is { } events ? Events(events) : hook.Events,
            Secret = change.Secret is { } secret ? Secret(secret) : hook.Secret,
            IsEnabled = change.Enabled ?? hook.IsEnabled,
        };
        if (!store.Change(after)) throw Missing();
        if (after.Url != hook.Url || after.Secret != hook.Secret) sender.Forget(id);
        return TypedResults.Ok(Report(after, store, sender));
    }

    private static NoContent Delete(string id, WebhookStore store, WebhookSender sender)
    {
        if (!store.Delete(id)) throw Missing();
        sender.Forget(id);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<DeliveryReport>> TestAsync(string id, WebhookStore store, WebhookSender sender, CancellationToken cancel) =>
        TypedResults.Ok(DeliveryReport.Of(await sender.TestAsync(Find(store, id), cancel).ConfigureAwait(false) ?? throw Missing()));

    private static Ok<DeliveryList> Deliveries(string id, WebhookStore store, string? state = null, long before = long.MaxValue, int limit = 50)
    {
        if (limit is < 1 or > MostListed) throw RequestException.Invalid("limit", $"It is {limit}.", $"Give a number from 1 to {MostListed}.");
        if (state is not (null or "waiting" or "delivered" or "failed" or "testing")) throw RequestException.Invalid("state", "There is no such state.", "Say waiting, delivered or failed.");
        Find(store, id);
        return TypedResults.Ok(new DeliveryList([.. store.History(id, state, before, limit).Select(DeliveryReport.Of)]));
    }

    private static Ok<DeliveryReport> Again(string id, string delivery, WebhookStore store)
    {
        Find(store, id);
        if (!store.Again(id, delivery)) throw RequestException.Missing("delivery", "There is no delivery of this id that can be made again.", "Take an id from the list of the webhook's deliveries; of a test, send another.");
        return TypedResults.Ok(DeliveryReport.Of(store.FindDelivery(id, delivery)!));
    }

    private static WebhookReport Report(Webhook hook, WebhookStore store, WebhookSender sender)
    {
        var last = store.History(hook.Id, most: 1) is [var newest] ? newest : null;
        return new(hook.Id, hook.Name, hook.Url, hook.Events, hook.Secret is not null, hook.IsEnabled, hook.CreatedAt, store.Waiting(hook.Id), hook.Dropped,
            CircuitReport.Of(sender.CircuitOf(hook.Id)), last is null ? null : DeliveryReport.Of(last));
    }

    private static Webhook Find(WebhookStore store, string id) => store.Find(id) ?? throw Missing();

    private static RequestException Missing() => RequestException.Missing("id", "There is no webhook of this id.", "Take an id from GET /lorabridge/v1/webhooks.");

    private static string Url(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || text.Length > MostText || url.Host.Length == 0 ? throw RequestException.Invalid("url", "It is no web address.", "Give one that begins with http:// or https://.")
        : url.UserInfo.Length > 0 ? throw RequestException.Invalid("url", "It holds a user and a password, which answers would show.", "Leave them out; give a secret to sign with.")
        : url.AbsoluteUri;

    private static string[] Events(IReadOnlyList<string> events) =>
        events.Count == 0 ? throw RequestException.Invalid("events", "There is none.", "Name one or more of " + string.Join(", ", Webhook.AllEvents) + ".")
        : events.FirstOrDefault(name => !Webhook.AllEvents.Contains(name)) is not null ? throw RequestException.Invalid("events", "One of them does not exist.", "Name some of " + string.Join(", ", Webhook.AllEvents) + ".")
        : [.. events.Distinct()];

    /// <summary>An empty one means none.</summary>
    private static string? Secret(string? secret) => string.IsNullOrEmpty(secret) ? null : secret.Length <= MostText ? secret : throw RequestException.Invalid("secret", "It is too long.", $"Give {MostText} characters or fewer.");

    private static string Text(string field, string text) => text.Length is > 0 and <= 200 && !text.Any(char.IsControl) ? text : throw RequestException.Invalid(field, "It is empty, too long, or holds control characters.", "Give a short text in one line.");
}

/// <summary>A webhook that is asked for.</summary>
internal sealed record NewWebhook
{
    /// <summary>Where to POST; http or https.</summary>
    public required string Url { get; init; }

    /// <summary>What to call it; the address's host where nothing is said.</summary>
    public string? Name { get; init; }

    /// <summary>What it is told; how jobs end where nothing is said.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>The key of signatures (HMAC-SHA256 in X-LoraBridge-Signature); it is never answered.</summary>
    public string? Secret { get; init; }

    /// <summary>Whether it is told at all.</summary>
    public bool Enabled { get; init; } = true;
}

/// <summary>A change of a webhook; what is left out stays.</summary>
internal sealed record WebhookChange
{
    /// <summary>Where to POST.</summary>
    public string? Url { get; init; }

    /// <summary>What to call it.</summary>
    public string? Name { get; init; }

    /// <summary>What it is told.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>The key of signatures; empty takes it away.</summary>
    public string? Secret { get; init; }

    /// <summary>Whether it is told at all; what waits is kept meanwhile.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>A webhook as it is answered.</summary>
/// <param name="Id">What addresses call it.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Url">Where it is told.</param>
/// <param name="Events">What it is told.</param>
/// <param name="HasSecret">Whether deliveries are signed.</param>
/// <param name="Enabled">Whether it is told at all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Waiting">How many deliveries wait.</param>
/// <param name="Dropped">How many happenings it was not told because too many waited.</param>
/// <param name="Circuit">Whether the address is left alone for a while.</param>
/// <param name="LastDelivery">The newest delivery.</param>
internal sealed record WebhookReport(string Id, string Name, string Url, IReadOnlyList<string> Events, bool HasSecret, bool Enabled, DateTimeOffset CreatedAt, int Waiting, long Dropped, CircuitReport Circuit, DeliveryReport? LastDelivery);

/// <summary>All webhooks.</summary>
/// <param name="Webhooks">The oldest first.</param>
/// <param name="KnownEvents">What webhooks can be told.</param>
internal sealed record WebhookList(IReadOnlyList<WebhookReport> Webhooks, IReadOnlyList<string> KnownEvents);

/// <summary>Deliveries that were found.</summary>
/// <param name="Deliveries">The newest first.</param>
internal sealed record DeliveryList(IReadOnlyList<DeliveryReport> Deliveries);

/// <summary>A delivery as it is answered.</summary>
/// <param name="Id">Its name, which the receiver gets too.</param>
/// <param name="Event">What happened.</param>
/// <param name="Sequence">The event's number among all events.</param>
/// <param name="State">waiting, delivered or failed.</param>
/// <param name="CreatedAt">When it happened.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="LastAttemptAt">When it was tried last.</param>
/// <param name="NextTryAt">When it is tried next; absent where it is not.</param>
/// <param name="Status">The HTTP status of the last answer.</param>
/// <param name="Error">What was wrong with the last try.</param>
/// <param name="Milliseconds">How long the last try took.</param>
/// <param name="EndedAt">When it was delivered or given up.</param>
internal sealed record DeliveryReport(string Id, string Event, long Sequence, string State, DateTimeOffset CreatedAt, int Attempts, DateTimeOffset? LastAttemptAt, DateTimeOffset? NextTryAt, int? Status, string? Error, int? Milliseconds, DateTimeOffset? EndedAt)
{
    public static DeliveryReport Of(Delivery delivery) => new(delivery.Id, delivery.Event, delivery.Sequence, delivery.State, delivery.CreatedAt, delivery.Attempts, delivery.LastAttemptAt,
        delivery.State == "waiting" ? delivery.DueAt : null, delivery.Status, delivery.Error, delivery.Milliseconds, delivery.EndedAt);
}
