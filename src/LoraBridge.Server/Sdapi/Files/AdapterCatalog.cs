using LoraBridge.Lora.Catalog;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>The catalogue of adapters, opened behind the start: the first look at thousands of files takes seconds.</summary>
internal sealed class AdapterCatalog : IAsyncDisposable
{
    private readonly Task<LoraCatalog> _opening;

    /// <summary>Begins to look at the folders.</summary>
    public AdapterCatalog(ModelFolders folders) =>
        _opening = Task.Run(() => LoraCatalog.Open(new LoraCatalogOptions { Folders = folders.Loras, CacheFolder = folders.Data.Cache }));

    /// <summary>The catalogue, once it is open.</summary>
    public Task<LoraCatalog> OpenAsync() => _opening;

    /// <summary>Looks at the folders again, off the caller's thread.</summary>
    public async Task RefreshAsync()
    {
        var catalog = await _opening.ConfigureAwait(false);
        await Task.Run(catalog.Refresh).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => (await _opening.ConfigureAwait(false)).Dispose();
}
