using System.Text.RegularExpressions;

namespace LoraBridge.Training.Data;

/// <summary>Choices inside a caption: one of its lines, then one part of each <c>{a|b|c}</c>; <c>{{</c> and <c>}}</c> are braces.</summary>
internal static partial class CaptionWildcards
{
    // stand-ins for literal braces while choices are made; private use, so no caption has them
    private const char Open = '\uE000', Close = '\uE001';

    public static string Choose(string caption, RandomSequence random)
    {
        var lines = caption.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) return "";
        var line = lines[random.Next(lines.Length)].Replace("{{", $"{Open}", StringComparison.Ordinal).Replace("}}", $"{Close}", StringComparison.Ordinal);
        var chosen = Choice().Replace(line, match =>
        {
            var parts = match.Groups[1].Value.Split('|');
            return parts[random.Next(parts.Length)];
        });
        return chosen.Replace(Open, '{').Replace(Close, '}');
    }

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex Choice();
}
