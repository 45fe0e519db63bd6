namespace LoraBridge.Diffusion.Text;

/// <summary>A complete <c>[from:to:when]</c> or <c>[a|b|c]</c>, as positions in its prompt.</summary>
internal sealed class ScheduleGroup
{
    private ScheduleGroup(int begin, int closer, List<int> separators)
    {
        Begin = begin;
        End = closer + 1;
        Separators = separators;
    }

    /// <summary>The opening bracket.</summary>
    public int Begin { get; }

    /// <summary>After the closing bracket.</summary>
    public int End { get; }

    /// <summary>The colons or bars.</summary>
    public List<int> Separators { get; }

    public bool IsAlternation { get; private init; }

    /// <summary>When the text changes, as written.</summary>
    public double Number { get; private init; }

    /// <summary>Whether the number has a dot, and so is a fraction.</summary>
    public bool HasDot { get; private init; }

    public static ScheduleGroup Alternation(int begin, int closer, List<int> bars) => new(begin, closer, bars) { IsAlternation = true };

    public static ScheduleGroup Editing(int begin, int closer, List<int> colons, double number, bool hasDot) =>
        new(begin, closer, colons) { Number = number, HasDot = hasDot };

    /// <returns>The part of the prompt that the group stands for at a step counted from 1.</returns>
    public (int Begin, int End) At(int step, ScheduleSteps steps)
    {
        if (IsAlternation) return Part(Math.Max(step - 1, 0) % (Separators.Count + 1));
        var isFirst = step <= SwitchStep(steps);
        // with one colon there is nothing before the switch
        if (Separators.Count == 1) return isFirst ? (Begin, Begin) : Part(0);
        return Part(isFirst ? 0 : 1);
    }

    /// <summary>The last step of the first text; below 1 there is none.</summary>
    public int SwitchStep(ScheduleSteps steps) => steps.SwitchAt(Number, HasDot);

    private (int Begin, int End) Part(int index) =>
        (index == 0 ? Begin + 1 : Separators[index - 1] + 1, index == Separators.Count ? End - 1 : Separators[index]);
}
