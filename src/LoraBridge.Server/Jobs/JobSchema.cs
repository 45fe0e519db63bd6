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
