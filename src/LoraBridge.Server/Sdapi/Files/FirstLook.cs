namespace LoraBridge.Server.Sdapi.Files;

/// <summary>Looks at the folders of models behind the start, so that the first request finds them known and the start waits for none.</summary>
internal sealed class FirstLook(IServiceProvider services) : IHostedService
{
    private Task _look = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _look = Task.Run(() =>
        {
            services.GetRequiredService<AdapterCatalog>();
            services.GetRequiredService<CheckpointList>();
            services.GetRequiredService<EmbeddingList>();
        }, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _look;
}
