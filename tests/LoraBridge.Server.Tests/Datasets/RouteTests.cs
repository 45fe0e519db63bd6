using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class RouteTests
{
    [Fact]
    public async Task EveryRoute_OfDataSetsAndAdapters_IsDescribed()
    {
        await using var app = LoraBridgeServer.Build(new() { Port = 0, Data = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())) });
        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/lorabridge/v1/datasets", StringComparison.Ordinal) || route.RoutePattern.RawText.StartsWith("/lorabridge/v1/adapter", StringComparison.Ordinal)).ToList();

        Assert.True(routes.Count >= 30, $"only {routes.Count} routes were found");
        Assert.All(routes, route =>
        {
            var metadata = route.Metadata;
            Assert.NotNull(metadata.GetMetadata<IEndpointNameMetadata>());
            Assert.NotNull(metadata.GetMetadata<IEndpointSummaryMetadata>());
            Assert.NotNull(metadata.GetMetadata<ITagsMetadata>());
            Assert.Contains(metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>(), answer => answer.StatusCode >= 400);
        });
        Assert.Equal(routes.Count, routes.Select(route => route.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName).Distinct().Count());
    }
}
