using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Datasets;

/// <summary>Makes, lists, names and forgets data sets.</summary>
internal static class DatasetsApi
{
    public const string Root = "/lorabridge/v1/datasets";

    /// <summary>Adds what data sets need.</summary>
    public static void AddDatasets(this IServiceCollection services)
    {
        services.AddSingleton<DatasetStore>();
        services.AddSingleton<ContentHashes>();
        services.AddSingleton<UploadReader>();
        services.AddSingleton<Thumbnails>();
        services.AddSingleton<TokenCounter>();
        services.AddSingleton<Captions>();
        services.AddSingleton<DatasetCures>();
        services.AddSingleton<DatasetVersions>();
    }

    /// <summary>Adds all routes of data sets.</summary>
    public static void MapDatasets(this IEndpointRouteBuilder routes, DatasetSettings limits)
    {
        var group = routes.MapGroup(Root).WithTags("Datasets").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("/", List).WithName("ListDatasets").WithSummary("List all data sets with how many pictures and captions they have");
        group.MapPost("/", Create).WithName("CreateDataset").WithSummary("Make an empty data set, or one over a folder that the server allows");
        group.MapGet("/{id}", Read).WithName("GetDataset").WithSummary("Read one data set");
        group.MapPatch("/{id}", Rename).WithName("RenameDataset").WithSummary("Give a data set another name");
        group.MapDelete("/{id}", Delete).WithName("DeleteDataset").WithSummary("Delete a data set with its own pictures; a registered folder stays");

        group.MapPictures(limits);
        group.MapCaptions();
        group.MapDoctor();
        group.MapVersions();
    }

    private static Ok<List<DatasetReport>> List(DatasetStore store) => TypedResults.Ok(store.All().Select(dataset => dataset.Report()).ToList());

    private static Created<DatasetReport> Create(Body<NewDataset> body, DatasetStore store)
    {
        var dataset = store.Create(body.Value.Name, body.Value.Folder);
        return TypedResults.Created($"{Root}/{dataset.Id}", dataset.Report());
    }

    private static Ok<DatasetReport> Read(string id, DatasetStore store) => TypedResults.Ok(store.Find(id).Report());

    private static Ok<DatasetReport> Rename(string id, Body<DatasetName> body, DatasetStore store) => TypedResults.Ok(store.Rename(id, body.Value.Name).Report());

    private static NoContent Delete(string id, DatasetStore store)
    {
        store.Delete(id);
        return TypedResults.NoContent();
    }
}

/// <summary>A data set to make.</summary>
internal sealed record NewDataset
{
    /// <summary>What to call it.</summary>
    public required string Name { get; init; }

    /// <summary>A folder on the server's machine whose pictures it shall be; null for a new, empty one.</summary>
    public string? Folder { get; init; }
}

/// <summary>A data set's name.</summary>
internal sealed record DatasetName
{
    /// <summary>What to call it.</summary>
    public required string Name { get; init; }
}
