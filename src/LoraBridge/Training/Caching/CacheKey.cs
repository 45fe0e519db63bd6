using System.Security.Cryptography;
using System.Text;

namespace LoraBridge.Training.Caching;

/// <summary>The name of a cached value: the SHA-256 of everything that the value depends on. Another input is another name, so nothing goes stale.</summary>
public readonly record struct CacheKey
{
    private readonly string _hex;

    private CacheKey(string hex) => _hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex => _hex ?? "";

    /// <summary>The key of a kind of value and what it is made from; names, values and their order count.</summary>
    /// <param name="kind">What is cached, with the version of its format.</param>
    /// <param name="parts">Everything that it depends on.</param>
    public static CacheKey Of(string kind, params ReadOnlySpan<(string Name, string Value)> parts)
    {
        var text = new StringBuilder();
        Append(kind);
        foreach (var (name, value) in parts)
        {
            Append(name);
            Append(value);
        }
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))));

        // lengths keep ("a", "bc") and ("ab", "c") apart
        void Append(string part) => text.Append(part.Length).Append(':').Append(part);
    }

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
