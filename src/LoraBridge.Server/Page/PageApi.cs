using LoraBridge.Server.Datasets;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace LoraBridge.Server.Page;

/// <summary>Shows the page for people at the server's root. Its files stand beside the program, and each is an endpoint of its own: no path is ever made of an address.</summary>
internal static class PageApi
{
    private const string Kept = "public, max-age=31536000, immutable", AskedAbout = "no-cache";

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

    /// <summary>Adds a route for every file, by its name and below the files' version, and the page itself at the root.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes, string folder)
    {
        var (group, files) = (routes.MapGroup("").ExcludeFromDescription(), new PageFiles(folder, s_types.Keys.ToHashSet()));
        foreach (var (name, path) in files.Paths)
        {
            if (name == "index.html")
            {
                group.MapGet("/", (HttpResponse response, ContentHashes hashes) => SendIndex(files, response, hashes));
                continue;
            }
            group.MapGet($"/{name}", (HttpResponse response, ContentHashes hashes) => Send(path, AskedAbout, response, hashes));
            group.MapGet($"/{{version:length({PageFiles.VersionLength})}}/{name}", Results<PhysicalFileHttpResult, NotFound> (string version, HttpResponse response, ContentHashes hashes) =>
                files.Are(version, hashes) ? Send(path, Kept, response, hashes) : TypedResults.NotFound());
        }
    }

    private static FileContentHttpResult SendIndex(PageFiles files, HttpResponse response, ContentHashes hashes)
    {
        response.Headers.CacheControl = AskedAbout;
        var page = files.Index(hashes);
        return TypedResults.Bytes(page, s_types[".html"], entityTag: Tag(ContentHashes.Of(page)));
    }

    private static PhysicalFileHttpResult Send(string path, string caching, HttpResponse response, ContentHashes hashes)
    {
        response.Headers.CacheControl = caching;
        return TypedResults.PhysicalFile(path, s_types[Path.GetExtension(path)], entityTag: Tag(hashes.Of(path)));
    }

    private static EntityTagHeaderValue Tag(string hash) => new($"\"{hash}\"");
}
