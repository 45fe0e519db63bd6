using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>Comments in a prompt: from <c>#</c> to the end of the line. A <c>#</c> cannot be escaped.</summary>
public static class PromptComments
{
    /// <summary>The prompt without comments. A line that is one goes with its line break, what is left of another keeps its own.</summary>
    public static string Remove(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return prompt.Contains('#') ? RemoveRest(RemoveLines(prompt)) : prompt;
    }

    /// <summary>Replaces a line break, a comment and the next line break by one; so the line after a comment line is not seen as a comment line.</summary>
    private static string RemoveLines(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var hash = i == 0 && text[0] == '#' ? 0 : text[i] == '\n' && i + 1 < text.Length && text[i + 1] == '#' ? i + 1 : -1;
            if (hash < 0)
            {
                result.Append(text[i++]);
                continue;
            }
            result.Append('\n');
            i = NextLine(text, hash);
        }
        return result.ToString();
    }

    private static string RemoveRest(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '#')
            {
                result.Append(text[i++]);
                continue;
            }
            result.Append('\n');
            i = NextLine(text, i);
        }
        return result.ToString();
    }

    private static int NextLine(string text, int index)
    {
        var end = text.IndexOf('\n', index);
        return end < 0 ? text.Length : end + 1;
    }
}
