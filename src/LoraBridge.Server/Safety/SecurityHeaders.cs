namespace LoraBridge.Server.Safety;

/// <summary>What answers tell browsers not to do.</summary>
internal static class SecurityHeaders
{
    // the description of the API comes with scripts of its own in its page
    private const string DocsPath = "/docs";

    private const string Policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    private const string DocsPolicy = Policy + "; script-src 'self' 'unsafe-inline'";

    /// <summary>Adds them.</summary>
    public static Task Apply(Origins origins, HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = origins.AreNamed ? "cross-origin" : "same-site";
            if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) != true) return Task.CompletedTask;
            headers.XFrameOptions = "SAMEORIGIN";
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(DocsPath, StringComparison.Ordinal) ? DocsPolicy : Policy;
            return Task.CompletedTask;
        });
        return next(context);
    }
}
