using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Jobs;

/// <summary>The tables of the store, and how older ones become the present ones.</summary>
internal static class JobSchema
{
    /// <summary>Migrations in their order; the number of a version is its place, from 1. What was released is never changed, only followed.</summary>
    private static readonly string[] s_migrations =
    [
        """
        create table job (
            id text primary key, kind text not null, name text not null, sweep text, state text not null, stop text,
            priority integer not null, position integer not null, request text not null, goes_on integer not null,
            created integer not null, started integer, ended integer, starts integer not null,
            progress real not null, stage text not null, error_kind text, error_message text, error_field text, result text,
            last_event integer not null default 0
        ) strict, without rowid;
        create index job_queue on job (state, priority desc, position);
        create table event (
            job text not null references job (id) on delete cascade,
            number integer not null, time integer not null, kind text not null, body text not null,
            primary key (job, number)
        ) strict, without rowid;
        """,

        // one number for the events of all jobs, which never comes again; and what is to be told to others, written by the event itself
        """
        create table counter (name text primary key, value integer not null) strict, without rowid;
        alter table event add column sequence integer not null default 0;
        update event set sequence = numbered.place
            from (select job, number, row_number() over (order by time, job, number) as place from event) as numbered
            where event.job = numbered.job and event.number = numbered.number;
        create unique index event_sequence on event (sequence);
        insert into counter (name, value) select 'event', coalesce(max(sequence), 0) from event;
        create table deletion (sequence integer primary key, job text not null, time integer not null) strict;

        create table webhook (
            id text primary key, name text not null, url text not null, events text not null, secret text, enabled integer not null,
            created integer not null, dropped integer not null default 0
        ) strict, without rowid;
        create table delivery (
            id text primary key, webhook text not null references webhook (id) on delete cascade, sequence integer not null,
            event text not null, payload text not null, state text not null, created integer not null, due integer not null,
            attempts integer not null default 0, last_attempt integer, status integer, error text, milliseconds integer, ended integer
        ) strict, without rowid;
        create index delivery_due on delivery (state, webhook, sequence);
        create index delivery_history on delivery (webhook, sequence);

        create view told as
            select event.job, event.number, event.sequence, event.time, event.body,
                case event.kind when 'state' then 'job.' || json_extract(event.body, '$.state') else 'job.' || event.kind end as name
            from event where event.kind in ('state', 'file', 'warning');
        create trigger outbox after insert on event when new.kind in ('state', 'file', 'warning') begin
            update webhook set dropped = dropped + 1 where enabled = 1
                and instr(events, ',' || (select name from told where sequence = new.sequence) || ',')
                and (select count(*) from delivery where delivery.state = 'waiting' and delivery.webhook = webhook.id) >= 1000;
            insert into delivery (id, webhook, sequence, event, payload, state, created, due)
                select lower(hex(randomblob(12))), webhook.id, told.sequence, told.name,
                    json_object('event', told.name, 'sequence', told.sequence, 'time', told.time, 'body', case when length(told.body) <= 20000 then json(told.body) end,
                        'job', json_object('id', job.id, 'kind', job.kind, 'name', job.name, 'state', job.state, 'progress', job.progress)),
                    'waiting', told.time, told.time
                from told join job on job.id = told.job join webhook on webhook.enabled = 1 and instr(webhook.events, ',' || told.name || ',')
                where told.sequence = new.sequence
                    and (select count(*) from delivery where state = 'waiting' and delivery.webhook = webhook.id) < 1000;
        end;
        """,
    ];

    /// <summary>The present version.</summary>
    public static int Version => s_migrations.Length;

    /// <summary>Brings a database to the present version: all of the way, or not at all.</summary>
    /// <exception cref="InvalidDataException">A newer LoraBridge has written it.</exception>
    public static void Migrate(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Execute(connection, "create table if not exists schema (version integer not null) strict");
        var found = Convert.ToInt32(Scalar(connection, "select coalesce(max(version), 0) from schema"), CultureInfo.InvariantCulture);
        if (found > Version)
            throw new InvalidDataException($"{connection.DataSource} was written by a newer LoraBridge (version {found} of its tables, this one knows {Version}). Use that one, or another --data folder.");
        for (var version = found + 1; version <= Version; version++)
        {
            Execute(connection, s_migrations[version - 1]);
            Execute(connection, $"insert into schema (version) values ({version.ToString(CultureInfo.InvariantCulture)})");
        }
        transaction.Commit();
    }

    /// <summary>Runs statements without values.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
