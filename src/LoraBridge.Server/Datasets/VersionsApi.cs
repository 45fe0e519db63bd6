using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Datasets;

/// <summary>Remembers what data sets were, and brings it back.</summary>
internal static class VersionsApi
{
    private const int MostNote = 1000;

    public static void MapVersions(this RouteGroupBuilder group)
    {
        group.MapGet("/{id}/versions", List).WithName("ListDatasetVersions").WithSummary("List the versions of a data set, the newest first");
        group.MapPost("/{id}/versions", TakeAsync).WithName("CreateDatasetVersion").WithSummary("Remember the pictures and captions of now");
        group.MapGet("/{id}/versions/{number:int}", Read).WithName("GetDatasetVersion").WithSummary("Read a version: its pictures by content, and their captions");
        group.MapPost("/{id}/versions/{number:int}/restore", RestoreAsync).WithName("RestoreDatasetVersion").WithSummary("Make pictures and captions what they were; what is there now becomes a version first");
    }

    private static Ok<List<VersionLine>> List(string id, DatasetStore store) => TypedResults.Ok(DatasetVersions.List(store.Find(id)).Select(VersionLine.Of).ToList());

    private static async Task<Created<VersionLine>> TakeAsync(string id, Body<NewVersion> body, DatasetStore store, DatasetVersions versions, CancellationToken cancel)
    {
        if (body.Value.Note.Length > MostNote) throw RequestException.Invalid("note", $"It is longer than {MostNote} characters.", "Shorten it.");
        var dataset = store.Find(id);
        var version = await Task.Run(() => versions.Take(dataset, body.Value.Note), cancel).ConfigureAwait(false);
        return TypedResults.Created($"{DatasetsApi.Root}/{id}/versions/{version.Number}", VersionLine.Of(version));
    }

    private static Ok<DatasetVersion> Read(string id, int number, DatasetStore store) => TypedResults.Ok(DatasetVersions.Find(store.Find(id), number));

    private static async Task<Ok<RestoreReport>> RestoreAsync(string id, int number, DatasetStore store, DatasetVersions versions, CancellationToken cancel)
    {
        var dataset = store.Find(id);
        return TypedResults.Ok(await Task.Run(() => versions.Restore(dataset, number), cancel).ConfigureAwait(false));
    }
}

/// <summary>A version to make.</summary>
internal sealed record NewVersion
{
    /// <summary>What its owner wants to remember of it.</summary>
    public string Note { get; init; } = "";
}

/// <summary>A version as lists show it.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="At">When it was made.</param>
/// <param name="Note">What its owner wanted to remember of it.</param>
/// <param name="Pictures">How many pictures it has.</param>
internal sealed record VersionLine(int Number, DateTimeOffset At, string Note, int Pictures)
{
    public static VersionLine Of(DatasetVersion version) => new(version.Number, version.At, version.Note, version.Pictures.Count);
}
