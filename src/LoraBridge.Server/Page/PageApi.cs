using LoraBridge.Server.Datasets;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace LoraBridge.Server.Page;

/// <summary>Shows the page for people at the server's root. Its files stand beside the program, and each is an endpoint of its own: no path is ever made of an address.</summary>
internal static class PageApi
{
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".json"] = "application/json",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>Where the page's files are.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "page");

    /// <summary>Adds a route for every file, and the page itself at the root.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes, string folder)
    {
        var group = routes.MapGroup("").ExcludeFromDescription();
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [])
        {
            if (!s_types.ContainsKey(Path.GetExtension(path))) continue;
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            group.MapGet($"/{(name == "index.html" ? "" : name)}", (HttpResponse response, ContentHashes hashes) => Send(path, response, hashes));
        }
    }

    private static PhysicalFileHttpResult Send(string path, HttpResponse response, ContentHashes hashes)
    {
        response.Headers.CacheControl = "no-cache";                             // kept, but asked about: parts of two versions do not fit together
        return TypedResults.PhysicalFile(path, s_types[Path.GetExtension(path)], entityTag: new EntityTagHeaderValue($"\"{hashes.Of(path)}\""));
    }
}
