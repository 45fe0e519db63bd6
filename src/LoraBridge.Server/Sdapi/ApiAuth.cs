using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace LoraBridge.Server.Sdapi;

/// <summary>The users and passwords of HTTP Basic authentication.</summary>
internal sealed class ApiAuth
{
    private readonly List<byte[]> _pairs;

    private ApiAuth(List<byte[]> pairs) => _pairs = pairs;

    /// <summary>Reads <c>user:password,user2:password2</c>.</summary>
    /// <exception cref="FormatException">A part is not exactly a user and a password.</exception>
    public static ApiAuth Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var pairs = text.Split(',').Select(pair => pair.Trim()).Where(pair => pair.Length > 0).ToList();
        if (pairs.Count == 0 || pairs.Any(pair => pair.Split(':') is not [{ Length: > 0 }, { Length: > 0 }]))
            throw new FormatException("this is not user:password. Give one pair, or several with commas between them; a colon can be in neither part");
        return new([.. pairs.Select(Digest)]);
    }

    /// <summary>Whether a request's Authorization header names a pair; null when it has none of this kind.</summary>
    public bool? Accepts(string? header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var given) || !given.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[given.Parameter?.Length ?? 0];
        if (!Convert.TryFromBase64String(given.Parameter ?? "", bytes, out var length)) return null;
        var digest = SHA256.HashData(bytes.AsSpan(0, length));
        // all are compared, and digests have one length: how long it takes tells nothing
        return _pairs.Aggregate(false, (found, pair) => CryptographicOperations.FixedTimeEquals(pair, digest) | found);
    }

    private static byte[] Digest(string pair) => SHA256.HashData(Encoding.UTF8.GetBytes(pair));
}
