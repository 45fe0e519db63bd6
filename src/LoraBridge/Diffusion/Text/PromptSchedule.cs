namespace LoraBridge.Diffusion.Text;

/// <summary>The text of some of a generation's model calls.</summary>
/// <param name="EndStep">The last 0-based model call that uses it, as the WebUI counts: it is the first entry whose end is not passed.</param>
/// <param name="Text">The prompt with every scheduled group replaced.</param>
public sealed record ScheduledText(int EndStep, string Text);

/// <summary>The model calls a schedule is made for.</summary>
public sealed record ScheduleSteps
{
    /// <summary>Model calls of the first pass: the steps, twice that for second-order samplers.</summary>
    public required int Steps { get; init; }

    /// <summary>Model calls of the second pass when the schedule is for that; fractions of 1 to 2 mean it, and whole numbers go on after the first pass.</summary>
    public int? HiresSteps { get; init; }

    /// <summary>Old rule: a number below 1 is a fraction with or without a dot, and both passes have the same schedule.</summary>
    public bool OldTimelines { get; init; }

    /// <summary>The calls of the pass the schedule is for.</summary>
    internal int Length => HiresSteps is { } hires && !OldTimelines ? hires : Steps;

    /// <returns>The last call before the switch at <paramref name="number"/>, not above <see cref="Length"/>.</returns>
    internal int SwitchAt(double number, bool hasDot)
    {
        var second = HiresSteps is not null && !OldTimelines;
        var isFraction = OldTimelines ? number < 1 : hasDot;
        var step = isFraction ? (number - (second ? 1 : 0)) * Length : number - (second ? Steps : 0);
        return (int)Math.Clamp(Math.Truncate(step), int.MinValue, Length);
    }
}

/// <summary>Expands editing <c>[from:to:when]</c> and alternation <c>[a|b]</c> to the text of each model call.</summary>
public static class PromptSchedule
{
    /// <summary>The texts in the order of their end steps, at least one; neighbours may be equal. Never throws: what does not parse is literal.</summary>
    public static IReadOnlyList<ScheduledText> Parse(string prompt, ScheduleSteps steps)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(steps);
        if (ScheduleGroups.Read(prompt) is not { Count: > 0 } groups) return [new(steps.Length, prompt)];

        var ends = new SortedSet<int> { steps.Length };
        ends.UnionWith(groups.Where(group => !group.IsAlternation).Select(group => group.SwitchStep(steps)).Where(step => step >= 1));
        if (groups.Any(group => group.IsAlternation)) ends.UnionWith(Enumerable.Range(1, Math.Max(steps.Length, 0)));

        return [.. ends.Select(end => new ScheduledText(end, ScheduleGroups.TextAt(prompt, groups, end, steps)))];
    }

    /// <summary>The entry that model call <paramref name="call"/> uses: the first whose end is not passed, or the very first when all are.</summary>
    public static int IndexAt(IReadOnlyList<int> ends, int call)
    {
        ArgumentNullException.ThrowIfNull(ends);
        for (var i = 0; i < ends.Count; i++)
        {
            if (call <= ends[i]) return i;
        }
        return 0;
    }
}
