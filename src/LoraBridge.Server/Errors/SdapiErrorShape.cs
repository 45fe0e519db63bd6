namespace LoraBridge.Server.Errors;

/// <summary>Metadata of an endpoint whose errors look like the WebUI's and not like problem details.</summary>
internal sealed class SdapiErrorShape
{
    private static readonly string[] s_roots = ["/sdapi", "/internal", "/sd_extra_networks"];

    public static SdapiErrorShape Instance { get; } = new();

    /// <summary>Whether an answer on this path is the WebUI's; for paths that no endpoint has, of which there is no metadata.</summary>
    public static bool Covers(PathString path) => s_roots.Any(root => path.StartsWithSegments(root, StringComparison.Ordinal));

    /// <summary>Whether the request met an endpoint of this shape, or a path where only such endpoints are.</summary>
    public static bool Covers(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<SdapiErrorShape>() is not null || Covers(context.Request.Path);
}
