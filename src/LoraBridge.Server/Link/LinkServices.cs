using LoraBridge.Server.Engine;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Link.Webhooks;
using LoraBridge.Server.Link.WebUi;

namespace LoraBridge.Server.Link;

/// <summary>Puts together what tells other programs.</summary>
internal static class LinkServices
{
    /// <summary>Adds its services. They come before those of jobs: what stops last gives the WebUI its memory back after the jobs have ended.</summary>
    public static IServiceCollection AddLink(this IServiceCollection services) => services
        .AddSingleton(provider => new WebhookStore(provider.GetRequiredService<JobStore>().Database, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<WebhookSender>()
        .AddHostedService(provider => provider.GetRequiredService<WebhookSender>())
        .AddSingleton(provider => new WebUiMemo(provider.GetRequiredService<DataFolder>().WebUiMemo, provider.GetRequiredService<ILogger<WebUiMemo>>()))
        .AddSingleton(provider => new WebUiClient(Settings(provider), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new WebUiMemory(provider.GetRequiredService<WebUiClient>(), provider.GetRequiredService<WebUiMemo>(),
            cancel => provider.GetRequiredService<EngineProcess>().DismissAsync(cancel), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WebUiMemory>>()))
        .AddHostedService(provider => provider.GetRequiredService<WebUiMemory>())
        .AddSingleton<WebUiRefresh>()
        .AddHostedService(provider => provider.GetRequiredService<WebUiRefresh>());

    /// <summary>Maps its routes.</summary>
    public static void MapLink(this IEndpointRouteBuilder routes)
    {
        routes.MapWebhooks();
        routes.MapWebUiLink();
    }

    /// <summary>A WebUI that an earlier server left without its model gets it back, also where this one was started without it.</summary>
    private static WebUiSettings Settings(IServiceProvider provider)
    {
        var (given, debts) = (provider.GetRequiredService<ServerSettings>().WebUi, provider.GetRequiredService<WebUiMemo>().Debts);
        return given.Url is null && debts is { ReleasedAt: not null, Url: { } url } ? given with { Url = url, Release = WebUiRelease.Never } : given;
    }
}
