using System.Text.RegularExpressions;

namespace LoraBridge.Server.Logs;

/// <summary>Takes secrets out of texts before anybody keeps them: those it was told, and what looks like one.</summary>
internal sealed class SecretFilter
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Hidden = "***";

    private const int FewestSigns = 4;
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private static readonly (Regex Pattern, string With)[] s_patterns =
    [
        (new(@"(?i)((?:proxy-)?authorization|(?:set-)?cookie)([""']?\s*[:=]\s*\[?[""']?)[^""'\r\n\]]+", Linear), $"$1$2{Hidden}"),
        (new(@"\b((?i:bearer))\s+[A-Za-z0-9+/._~-]{8,}=*", Linear), $"$1 {Hidden}"),
        // a word in small letters is none in Base64
        (new(@"\b((?i:basic))\s+[a-z]*[A-Z0-9+/][A-Za-z0-9+/]{3,}=*", Linear), $"$1 {Hidden}"),
        (new(@"(?i)(--(?:api-auth|webui-auth|token|password|secret)[= ]+)\S+", Linear), $"$1{Hidden}"),
        (new(@"(?i)\b((?:[\w-]*[_-])?(?:token|secret|password|passwd|apikey|api[_-]key|api[_-]auth|credentials?|signature))([""']?\s*[=:]\s*[""']?)[^\s""'&,;}]+", Linear), $"$1$2{Hidden}"),
        (new(@"(://)[^/\s:@]+:[^/\s@]+@", Linear), $"$1{Hidden}@"),
    ];

    private static readonly Regex s_secretName = new("(?i)authorization|cookie|token$|secret|passw|apikey|api[_-]?key|credential|signature|apiauth", Linear);

    private volatile string[] _known = [];

    /// <summary>Learns a secret of this server, such as a token or a password; it is taken out wherever it stands.</summary>
    /// <param name="secret">The secret; very short ones stand in too many words, and are left to the patterns.</param>
    public void Add(string secret)
    {
        if (secret.Length < FewestSigns) return;
        lock (s_patterns) _known = [.. _known.Append(secret).Distinct().OrderByDescending(known => known.Length)];
    }

    /// <summary>A text without its secrets.</summary>
    public string Clean(string text)
    {
        foreach (var secret in _known) text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        foreach (var (pattern, with) in s_patterns) text = pattern.Replace(text, with);
        return text;
    }

    /// <summary>A named value without its secrets: where the name says what it is, nothing is left.</summary>
    public string Clean(string name, string value) => s_secretName.IsMatch(name) ? Hidden : Clean(value);
}
