using System.Net.Http.Headers;
using System.Text;

namespace LoraBridge.Server.Safety;

/// <summary>What opens the server: users with passwords (Basic), a token (Bearer; browsers, which ask for a password, take it as that of any user).</summary>
internal sealed class Credentials(ApiAuth? users, AccessToken? token)
{
    /// <summary>Whether everybody is let in.</summary>
    public bool AreNone => users is null && token is null;

    /// <summary>What clients may use, for the header WWW-Authenticate.</summary>
    public string[] Challenges { get; } = token is null ? ["Basic"] : ["Basic realm=\"LoraBridge\", charset=\"UTF-8\"", "Bearer"];

    /// <summary>Whether a request's header Authorization opens it; null where it has none of a kind that is known.</summary>
    public bool? Accept(string? header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var given)) return null;
        if (given.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return token?.Is(given.Parameter ?? "") ?? false;
        if (!given.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;

        var bytes = new byte[given.Parameter?.Length ?? 0];
        if (!Convert.TryFromBase64String(given.Parameter ?? "", bytes, out var length)) return null;
        var pair = bytes.AsSpan(0, length);
        return (users?.Has(pair) ?? false) | (token?.Is(Encoding.UTF8.GetString(pair[(pair.IndexOf((byte)':') + 1)..])) ?? false);
    }
}
