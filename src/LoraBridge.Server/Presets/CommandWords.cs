using System.Text;

namespace LoraBridge.Server.Presets;

/// <summary>Splits a command line as a shell does: blanks, quotes, backslashes, lines that go on.</summary>
internal static class CommandWords
{
    /// <summary>The arguments of a training's command line: what stands before the first option is the program.</summary>
    public static IReadOnlyList<string> OfTraining(string text)
    {
        var words = Split(text);
        // accelerate's own options come before the script
        var script = words.FindLastIndex(word => word.EndsWith(".py", StringComparison.OrdinalIgnoreCase));
        return [.. words.Skip(script + 1).SkipWhile(word => !word.StartsWith("--", StringComparison.Ordinal) && !word.Contains('=', StringComparison.Ordinal))];
    }

    /// <summary>All words. Unfinished quotes end with the text.</summary>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (isOpen, quote) = (false, '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var sign = text[i];
            if (sign == '\\' && quote != '\'' && i + 1 < text.Length && IsEscaped(text[i + 1], quote))
            {
                var next = text[++i];
                if (next == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
                if (next is '\n' or '\r') continue;                             // the line goes on
                word.Append(next);
                isOpen = true;
            }
            else if (quote != '\0')
            {
                if (sign == quote) quote = '\0';
                else word.Append(sign);
            }
            else if (sign is '"' or '\'')
            {
                (quote, isOpen) = (sign, true);
            }
            else if (char.IsWhiteSpace(sign) || (sign is '^' or '`' && i + 1 < text.Length && text[i + 1] is '\n' or '\r'))
            {
                // Windows' shells go on with ^ and `
                if (isOpen) words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
            else
            {
                word.Append(sign);
                isOpen = true;
            }
        }
        if (isOpen) words.Add(word.ToString());
        return words;
    }

    // a backslash before a letter is one of a Windows path
    private static bool IsEscaped(char next, char quote) => next is '"' or '\\' or '\n' or '\r' || (quote == '\0' && next is '\'' or ' ' or '$' or '&' or '(' or ')');
}
