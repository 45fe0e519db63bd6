using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.OpenApi;

/// <summary>Sends the API's descriptions, and a page to read and try them with, which needs no network.</summary>
internal static class DocsApi
{
    /// <summary>Adds the page at <c>/docs</c>; its files are in the package.</summary>
    public static void UseDocs(this WebApplication app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "LoraBridge's API";
        foreach (var document in ApiDocument.All) page.SwaggerEndpoint($"..{document.Address}", document.Title);
        page.EnableDeepLinking();
        page.DisplayOperationId();
        page.DisplayRequestDuration();
    });

    /// <summary>Adds the descriptions themselves: what the build left in the program, which a test compares with what the routes say.</summary>
    public static void MapDocs(this IEndpointRouteBuilder routes)
    {
        foreach (var document in ApiDocument.All)
            routes.MapGet(document.Address, (HttpContext context) => Send(context, document)).WithName($"Describe {document.Name}").ExcludeFromDescription();
    }

    private static FileStreamHttpResult Send(HttpContext context, ApiDocument document)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Stream(Open(document), "application/json", entityTag: new($"\"{s_build}\""));
    }

    private static Stream Open(ApiDocument document) => typeof(DocsApi).Assembly.GetManifestResourceStream($"openapi/{document.Name}.json")!;

    private static readonly string s_build = typeof(DocsApi).Assembly.ManifestModule.ModuleVersionId.ToString("N");
}
