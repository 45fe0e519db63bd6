using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Finds a prompt's scheduled and alternating groups in one pass. A group is complete when everything inside it is: then
/// its colons and bars separate. An incomplete bracket is literal, the groups inside it stay groups.
/// </summary>
internal static class ScheduleGroups
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.+-eE");

    private enum Completeness
    {
        Incomplete,
        Plain,
        Group,
    }

    /// <returns>The groups by position; null when the prompt does not parse, and nothing in it is scheduled.</returns>
    public static List<ScheduleGroup>? Read(string prompt)
    {
        var groups = Find(prompt, out var fault);
        return fault == ScheduleFault.None ? groups : null;
    }

    /// <returns>The groups by position, also when a fault makes the whole prompt literal.</returns>
    public static List<ScheduleGroup> Find(string prompt, out ScheduleFault fault)
    {
        fault = ScheduleFault.None;
        var groups = new List<ScheduleGroup>();
        var bars = new List<int>();
        var open = new Stack<Bracket>();
        Bracket? inside;
        for (var i = 0; i < prompt.Length; i++)
        {
            switch (prompt[i])
            {
                case '\\':
                    if (++i == prompt.Length || prompt[i] == '\n') fault = ScheduleFault.BackslashAtTheEnd;
                    break;
                case '[' or '(':
                    open.Push(new(i, prompt[i]));
                    break;
                case '|':
                    bars.Add(i);
                    if (open.TryPeek(out inside)) inside.Separators.Add(i);
                    break;
                case ':':
                    if (open.TryPeek(out inside)) inside.Separators.Add(i);
                    break;
                case ']' or ')' when open.TryPeek(out inside) && inside.Closer == prompt[i]:
                    open.Pop();
                    var completeness = Close(prompt, inside, i, out var group);
                    if (completeness == Completeness.Group) groups.Add(group!);
                    if (completeness == Completeness.Incomplete && open.TryPeek(out var outer)) outer.HoldsStray = true;
                    break;
                case ']' or ')':
                    // a stray closer is inside every bracket that is open
                    open.Clear();
                    break;
            }
        }
        groups.Sort((a, b) => a.Begin.CompareTo(b.Begin));
        if (fault == ScheduleFault.None && !EveryBarSeparates(bars, groups)) fault = ScheduleFault.StrayBar;
        return groups;
    }

    /// <summary>The prompt with each group replaced by what it stands for at a step counted from 1.</summary>
    public static string TextAt(string prompt, List<ScheduleGroup> groups, int step, ScheduleSteps steps)
    {
        var text = new StringBuilder(prompt.Length);
        // ranges still to write, the next on top; a stack of our own, for prompts nest deeper than calls may
        var ranges = new Stack<(int Begin, int End)>();
        ranges.Push((0, prompt.Length));
        while (ranges.TryPop(out var range))
        {
            var group = NextGroup(groups, range.Begin);
            if (group is null || group.Begin >= range.End)
            {
                text.Append(prompt, range.Begin, range.End - range.Begin);
                continue;
            }
            text.Append(prompt, range.Begin, group.Begin - range.Begin);
            ranges.Push((group.End, range.End));
            ranges.Push(group.At(step, steps));
        }
        return text.ToString();
    }

    private static Completeness Close(string prompt, Bracket bracket, int closer, out ScheduleGroup? group)
    {
        group = null;
        if (bracket.HoldsStray) return Completeness.Incomplete;
        var colons = bracket.Separators.Count(i => prompt[i] == ':');
        var bars = bracket.Separators.Count - colons;
        if (bracket.Closer == ')') return bars == 0 && colons <= 1 ? Completeness.Plain : Completeness.Incomplete;
        if (bars + colons == 0) return Completeness.Plain;
        if (colons == 0)
        {
            group = ScheduleGroup.Alternation(bracket.Begin, closer, bracket.Separators);
            return Completeness.Group;
        }
        if (bars > 0 || colons > 2 || !TryReadNumber(prompt.AsSpan(bracket.Separators[^1] + 1, closer - bracket.Separators[^1] - 1), out var number, out var hasDot))
            return Completeness.Incomplete;
        group = ScheduleGroup.Editing(bracket.Begin, closer, bracket.Separators, number, hasDot);
        return Completeness.Group;
    }

    /// <summary>Reads a signed integer or decimal with an optional exponent, white space around it allowed.</summary>
    private static bool TryReadNumber(ReadOnlySpan<char> text, out double number, out bool hasDot)
    {
        while (text.Length > 0 && PromptCharacters.IsSpace(text[0])) text = text[1..];
        while (text.Length > 0 && PromptCharacters.IsSpace(text[^1])) text = text[..^1];
        hasDot = text.Contains('.');
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number)
            && text.IndexOfAnyExcept(NumberCharacters) < 0;                 // not the words for infinity
    }

    /// <summary>A bar may only separate alternatives; one that does not makes the whole prompt literal.</summary>
    private static bool EveryBarSeparates(List<int> bars, List<ScheduleGroup> groups)
    {
        var separating = groups.Where(group => group.IsAlternation).Sum(group => group.Separators.Count);
        return separating == bars.Count;
    }

    private static ScheduleGroup? NextGroup(List<ScheduleGroup> groups, int position)
    {
        var (low, high) = (0, groups.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (groups[middle].Begin < position) low = middle + 1;
            else high = middle;
        }
        return low < groups.Count ? groups[low] : null;
    }

    private sealed class Bracket(int begin, char opener)
    {
        public int Begin => begin;

        public char Closer => opener == '[' ? ']' : ')';

        public List<int> Separators { get; } = [];

        /// <summary>Whether something inside is incomplete, and so this is.</summary>
        public bool HoldsStray { get; set; }
    }
}
