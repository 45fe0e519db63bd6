using System.Text.RegularExpressions;
using LoraBridge.Server.Sdapi;

namespace LoraBridge.Server.Safety;

/// <summary>The web pages that may call the server: its own, and those of the origins that its start named.</summary>
internal sealed class Origins
{
    private readonly IReadOnlyList<string> _named;
    private readonly Regex? _pattern;

    public Origins(SdapiSettings settings)
    {
        _named = settings.CorsOrigins;
        _pattern = settings.CorsPattern is { } text ? new($"^(?:{text})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) : null;
    }

    /// <summary>Whether any besides its own are named.</summary>
    public bool AreNamed => _named.Count > 0 || _pattern is not null;

    /// <summary>Whether an origin was named at the start.</summary>
    public bool Has(string origin)
    {
        try
        {
            return _named.Contains("*") || _named.Contains(origin) || _pattern?.IsMatch(origin) == true;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a web page of another origin has made a request that changes something: browsers send forms and requests without a body for
    /// any page without asking, and with the user's password. Programs send none of these headers.
    /// </summary>
    public bool IsForeign(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return false;
        var origin = request.Headers.Origin;
        if (origin.Count > 0) return !(origin is [{ } one] && (IsOwn(one, request) || Has(one)));
        return request.Headers["Sec-Fetch-Site"] is [("cross-site" or "same-site")];
    }

    // a proxy that speaks TLS changes the scheme, not the name
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is "http" or "https"
        && request.Host.HasValue && string.Equals(page.IdnHost, request.Host.Host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
        && page.Port == (request.Host.Port ?? (page.Scheme == "https" ? 443 : 80));
}
