using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Looks at the models' folders again, and lists adapters.</summary>
internal static class RefreshApi
{
    public static void MapRefresh(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Listings");
        group.MapPost("/refresh-checkpoints", CheckpointsAsync).WithName("SdapiRefreshCheckpoints").WithSummary("Look for checkpoints again");
        group.MapPost("/refresh-vae", VaesAsync).WithName("SdapiRefreshVae").WithSummary("Look for autoencoders again");
        group.MapPost("/refresh-embeddings", EmbeddingsAsync).WithName("SdapiRefreshEmbeddings").WithSummary("Look for embeddings again");
        group.MapGet("/loras", LorasAsync).WithName("SdapiLoras").WithSummary("List the adapters with their metadata");
        group.MapPost("/refresh-loras", RefreshLorasAsync).WithName("SdapiRefreshLoras").WithSummary("Look for adapters again");
    }

    private static Task<JsonAnswer> CheckpointsAsync(CheckpointList list, Generations generations) => InTurnAsync(generations, list.Refresh);

    private static Task<JsonAnswer> VaesAsync(VaeList list, Generations generations) => InTurnAsync(generations, list.Refresh);

    private static Task<JsonAnswer> EmbeddingsAsync(EmbeddingList list, Generations generations) => InTurnAsync(generations, list.Refresh);

    private static async Task<JsonAnswer> LorasAsync(AdapterCatalog adapters)
    {
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        // aliases are told as the files have them, even where prompts cannot use them
        return new(catalog.Entries.Select(entry => new { entry.Name, entry.Alias, Path = entry.FullPath, Metadata = AdapterMetadata.Of(entry) }).ToList());
    }

    private static async Task<JsonAnswer> RefreshLorasAsync(AdapterCatalog adapters)
    {
        await adapters.RefreshAsync().ConfigureAwait(false);
        return JsonAnswer.Null;
    }

    private static Task<JsonAnswer> InTurnAsync(Generations generations, Action refresh) => generations.Queue.RunAsync(null, () =>
    {
        refresh();
        return Task.FromResult(JsonAnswer.Null);
    });
}
