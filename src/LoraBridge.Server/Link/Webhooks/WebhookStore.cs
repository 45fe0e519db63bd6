using System.Globalization;
using LoraBridge.Server.Jobs;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Link.Webhooks;

/// <summary>
/// Webhooks and what they are to be told, in the jobs' database: a trigger there writes a delivery in the transaction of the event that it tells of, so that none
/// is lost whatever ends the process.
/// </summary>
internal sealed class WebhookStore(JobDatabase database, TimeProvider time)
{
    /// <summary>The most webhooks.</summary>
    public const int Most = 50;

    private const int EndedKept = 200;

    private const string Hooks = "select id, name, url, events, secret, enabled, created, dropped from webhook";
    private const string Deliveries = "select id, webhook, sequence, event, payload, state, created, due, attempts, last_attempt, status, error, milliseconds, ended from delivery";

    /// <summary>Done when something has changed since this was asked for.</summary>
    public Task Changed => database.Changed;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>All webhooks, the oldest first.</summary>
    public IReadOnlyList<Webhook> All() => database.Read(() =>
    {
        using var command = database.Command($"{Hooks} order by created, id");
        return JobDatabase.Rows(command, ReadHook);
    });

    /// <summary>A webhook; null where there is none.</summary>
    public Webhook? Find(string id) => database.Read(() =>
    {
        using var command = database.Command($"{Hooks} where id = $id", ("$id", id));
        return JobDatabase.Rows(command, ReadHook).FirstOrDefault();
    });

    /// <summary>Adds a webhook, unless there are too many.</summary>
    /// <returns>Whether it was added.</returns>
    public bool Add(Webhook hook) => database.Write(() =>
        Convert.ToInt64(database.Scalar("select count(*) from webhook"), CultureInfo.InvariantCulture) < Most
        && database.Execute("insert into webhook (id, name, url, events, secret, enabled, created) values ($id, $name, $url, $events, $secret, $enabled, $created)", Values(hook)) > 0);

    /// <summary>Changes a webhook.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Change(Webhook hook) => database.Write(() =>
        database.Execute("update webhook set name = $name, url = $url, events = $events, secret = $secret, enabled = $enabled, created = $created where id = $id", Values(hook)) > 0);

    /// <summary>Removes a webhook with all that it was told and was to be.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string id) => database.Write(() => database.Execute("delete from webhook where id = $id", ("$id", id)) > 0);

    /// <summary>The next delivery of each webhook that is due.</summary>
    public IReadOnlyList<Delivery> Due() => database.Read(() =>
    {
        using var command = database.Command($"""
            {Deliveries} where id in (select id from (
                select delivery.id, row_number() over (partition by webhook order by sequence) as place from delivery
                join webhook on webhook.id = delivery.webhook and webhook.enabled = 1 where delivery.state = 'waiting' and delivery.due <= $now) where place = 1)
            """, ("$now", Now));
        return JobDatabase.Rows(command, ReadDelivery);
    });

    /// <summary>When the next delivery that is not due yet will be; null for none.</summary>
    public DateTimeOffset? NextDue() => database.Read(() => database.Scalar("select min(due) from delivery where state = 'waiting' and due > $now", ("$now", Now))) is long due
        ? DateTimeOffset.FromUnixTimeMilliseconds(due) : null;

    /// <summary>How many wait to be told to a webhook.</summary>
    public int Waiting(string webhook) => (int)database.Read(() => (long)database.Scalar("select count(*) from delivery where webhook = $id and state = 'waiting'", ("$id", webhook))!);

    /// <summary>Deliveries of a webhook, the newest first.</summary>
    /// <param name="webhook">Which.</param>
    /// <param name="state">Only those; null for all.</param>
    /// <param name="before">Only older ones than the event of this number.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Delivery> History(string webhook, string? state = null, long before = long.MaxValue, int most = 50) => database.Read(() =>
    {
        using var command = database.Command($"{Deliveries} where webhook = $webhook and ($state is null or state = $state) and sequence < $before order by sequence desc, id limit $most",
            ("$webhook", webhook), ("$state", state), ("$before", before), ("$most", most));
        return JobDatabase.Rows(command, ReadDelivery);
    });

    /// <summary>A delivery; null where there is none.</summary>
    public Delivery? FindDelivery(string webhook, string id) => database.Read(() =>
    {
        using var command = database.Command($"{Deliveries} where webhook = $webhook and id = $id", ("$webhook", webhook), ("$id", id));
        return JobDatabase.Rows(command, ReadDelivery).FirstOrDefault();
    });

    /// <summary>Writes a try down: what came of it, and when the next one is.</summary>
    public void Tried(Delivery delivery) => database.Write(() =>
    {
        database.Execute("""
            update delivery set state = $state, due = $due, attempts = $attempts, last_attempt = $last, status = $status, error = $error, milliseconds = $milliseconds, ended = $ended where id = $id
            """, ("$id", delivery.Id), ("$state", delivery.State), ("$due", delivery.DueAt.ToUnixTimeMilliseconds()), ("$attempts", delivery.Attempts), ("$last", delivery.LastAttemptAt?.ToUnixTimeMilliseconds()),
            ("$status", delivery.Status), ("$error", delivery.Error), ("$milliseconds", delivery.Milliseconds), ("$ended", delivery.EndedAt?.ToUnixTimeMilliseconds()));
        return database.Execute("""
            delete from delivery where webhook = $webhook and state <> 'waiting'
                and id not in (select id from delivery where webhook = $webhook and state <> 'waiting' order by sequence desc limit $most)
            """, ("$webhook", delivery.Webhook), ("$most", EndedKept));
    });

    /// <summary>A delivery that only tests the way; the sender's own, it is not sent by others.</summary>
    public Delivery? AddTest(string webhook) => database.Write(() =>
    {
        using var command = database.Command("""
            insert into delivery (id, webhook, sequence, event, payload, state, created, due)
            select lower(hex(randomblob(12))), id, (select value from counter where name = 'event'), 'test', json_object('event', 'test', 'time', $now), 'testing', $now, $now from webhook where id = $id
            returning id
            """, ("$now", Now), ("$id", webhook));
        return command.ExecuteScalar() as string;
    }) is { } id ? FindDelivery(webhook, id) : null;

    /// <summary>Ends the tests that a killed server began.</summary>
    public void EndTests() => database.Write(() => database.Execute("update delivery set state = 'failed', error = 'The server ended in the middle of it.', ended = $now where state = 'testing'", ("$now", Now)));

    /// <summary>Queues a delivery once more that was given up or made.</summary>
    /// <returns>Whether there is one that can be.</returns>
    public bool Again(string webhook, string id) => database.Write(() =>
        database.Execute("update delivery set state = 'waiting', due = $now, attempts = 0, ended = null where webhook = $webhook and id = $id and state in ('delivered', 'failed', 'waiting') and event <> 'test'",
            ("$now", Now), ("$webhook", webhook), ("$id", id)) > 0);

    private static (string, object?)[] Values(Webhook hook) =>
    [
        ("$id", hook.Id), ("$name", hook.Name), ("$url", hook.Url), ("$events", $",{string.Join(',', hook.Events)},"), ("$secret", hook.Secret), ("$enabled", hook.IsEnabled),
        ("$created", hook.CreatedAt.ToUnixTimeMilliseconds()),
    ];

    private static Webhook ReadHook(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3).Split(',', StringSplitOptions.RemoveEmptyEntries),
        row.IsDBNull(4) ? null : row.GetString(4), row.GetBoolean(5), Time(row.GetInt64(6)), row.GetInt64(7));

    private static Delivery ReadDelivery(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Webhook = row.GetString(1),
        Sequence = row.GetInt64(2),
        Event = row.GetString(3),
        Payload = row.GetString(4),
        State = row.GetString(5),
        CreatedAt = Time(row.GetInt64(6)),
        DueAt = Time(row.GetInt64(7)),
        Attempts = row.GetInt32(8),
        LastAttemptAt = row.IsDBNull(9) ? null : Time(row.GetInt64(9)),
        Status = row.IsDBNull(10) ? null : row.GetInt32(10),
        Error = row.IsDBNull(11) ? null : row.GetString(11),
        Milliseconds = row.IsDBNull(12) ? null : row.GetInt32(12),
        EndedAt = row.IsDBNull(13) ? null : Time(row.GetInt64(13)),
    };

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
