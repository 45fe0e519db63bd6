using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// When a LoRA acts and how strongly: a window of the sampling run and a straight line inside it. In a tag:
/// <c>start=0.2</c>, <c>stop=0.8</c>, <c>from=0</c>, <c>to=1</c>, each of which may be left out.
/// </summary>
public sealed record WeightSchedule
{
    /// <summary>The names of the tag's arguments that a schedule is read from.</summary>
    internal static readonly string[] ArgumentNames = ["start", "stop", "from", "to"];

    /// <summary>The whole run at full weight.</summary>
    public static WeightSchedule Constant { get; } = new();

    /// <summary>Where the window begins, a fraction of the run from 0 to 1.</summary>
    public double Start { get; init; }

    /// <summary>Where the window ends, a fraction of the run above <see cref="Start"/>; the call at this fraction is outside, unless it is 1.</summary>
    public double Stop { get; init; } = 1;

    /// <summary>The factor of the weight where the window begins.</summary>
    public double From { get; init; } = 1;

    /// <summary>The factor of the weight where the window ends.</summary>
    public double To { get; init; } = 1;

    /// <summary>Whether the weight is the same at every call.</summary>
    public bool IsConstant => Start <= 0 && Stop >= 1 && From == To;

    /// <summary>The factor of the weight at a point of the run.</summary>
    /// <param name="fraction">The 0-based call divided by the number of calls, 0 to 1.</param>
    public double At(double fraction)
    {
        if (fraction < Start || (fraction >= Stop && Stop < 1)) return 0;
        return From == To ? From : From + (To - From) * Math.Clamp((fraction - Start) / (Stop - Start), 0, 1);
    }

    /// <returns>Whether the arguments make a schedule; <paramref name="fault"/> says why not, and the cure.</returns>
    internal static bool TryRead(IReadOnlyDictionary<string, string> arguments, out WeightSchedule schedule, out string fault)
    {
        (schedule, fault) = (Constant, "");
        foreach (var name in ArgumentNames)
        {
            if (!arguments.TryGetValue(name, out var text)) continue;
            var isFraction = name is "start" or "stop";
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value) || (isFraction && value is < 0 or > 1))
            {
                fault = isFraction
                    ? $"its {name} '{text}' is not a fraction of the run from 0 to 1; for step 10 of 20 write {name}=0.5"
                    : $"its {name} '{text}' is not a number; write a factor of the weight such as {name}=0.5";
                return false;
            }
            schedule = name switch
            {
                "start" => schedule with { Start = value },
                "stop" => schedule with { Stop = value },
                "from" => schedule with { From = value },
                _ => schedule with { To = value },
            };
        }
        if (schedule.Start < schedule.Stop) return true;
        fault = string.Create(CultureInfo.InvariantCulture, $"its start {schedule.Start} is not below its stop {schedule.Stop}; write such as start=0.2:stop=0.8, fractions of the run");
        return false;
    }
}
