using System.Security.Cryptography;
using System.Text;

namespace LoraBridge.Server.Safety;

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
        return new([.. pairs.Select(pair => SHA256.HashData(Encoding.UTF8.GetBytes(pair)))]);
    }

    /// <summary>Whether this is one of the pairs, <c>user:password</c> in UTF-8.</summary>
    public bool Has(ReadOnlySpan<byte> pair)
    {
        var digest = SHA256.HashData(pair);
        var found = false;
        // all are compared, and digests have one length: how long it takes tells nothing
        foreach (var known in _pairs) found |= CryptographicOperations.FixedTimeEquals(known, digest);
        return found;
    }
}
