namespace EmojiDiffusion.Data;

/// <summary>What is said of a picture: templates around an emoji's names and the background's colour.</summary>
internal static class Captions
{
    private const double EmptyShare = 0.1, BestNameShare = 0.6, NamedWhiteShare = 0.25;

    // {0} is a name, {1} the same with an article, {2} the words for its kind
    private static readonly string[] s_subjects = ["{0}", "{0}", "{0}", "{1}", "{0} emoji", "an emoji of {1}", "a picture of {1}", "{0}, {2}"];

    // {0} is the subject, {1} the colour, {2} the same with an article
    private static readonly string[] s_backgrounds = ["{0} on {2} background", "{0} on {2} background", "{0}, {1} background", "{0} on {1}"];

    /// <summary>The caption that pictures are measured by: "red apple" over white, else "red apple on a blue background".</summary>
    public static string Plain(EmojiEntry entry, BackgroundColor background) =>
        background == BackgroundColor.White ? entry.Name : On(entry.Name, background.Name, s_backgrounds[0]);

    /// <summary>A caption to learn from, one in ten of them empty.</summary>
    public static string Draw(EmojiEntry entry, BackgroundColor background, Draws draws)
    {
        if (draws.Next() < EmptyShare) return "";
        var name = draws.Next() < BestNameShare ? entry.Name : draws.Of(entry.Names);
        var subject = string.Format(null, draws.Of(s_subjects), name, WithArticle(name), entry.Category);
        // nothing said means white
        var isNamed = background != BackgroundColor.White || draws.Next() < NamedWhiteShare;
        return isNamed ? On(subject, background.Name, draws.Of(s_backgrounds)) : subject;
    }

    /// <summary>Every word that a caption of these emoji can have.</summary>
    public static IEnumerable<string> Words(IEnumerable<EmojiEntry> entries) =>
        s_subjects.Concat(s_backgrounds).Select(template => string.Format(null, template, "", "a an", ""))
            .Concat(BackgroundColor.All.Select(color => color.Name))
            // with the comma that templates put behind them: signs that touch are one token
            .Concat(entries.SelectMany(entry => entry.Names.Append(entry.Category)).SelectMany(words => (string[])[words, words + ","]));

    private static string On(string subject, string color, string template) => string.Format(null, template, subject, color, WithArticle(color));

    private static string WithArticle(string words) => (words[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + words;
}
