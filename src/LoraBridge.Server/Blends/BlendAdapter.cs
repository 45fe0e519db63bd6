using LoraBridge.Diffusion.Text;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Blends;

/// <summary>One adapter of a blend, with all that a prompt's tag can say of it.</summary>
internal sealed record BlendAdapter
{
    private const double MostWeight = 100;

    /// <summary>Its name, its alias, or the name of a training that runs.</summary>
    public required string Name { get; init; }

    /// <summary>How strongly it acts on the UNet and, unless <see cref="TextWeight"/> says otherwise, on the text encoder; negative takes away.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>How strongly it acts on the text encoder; null for <see cref="Weight"/>.</summary>
    public double? TextWeight { get; init; }

    /// <summary>Whether it is drawn; else it is only kept in the recipe.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How many of its ranks are used; null for all.</summary>
    public int? DynamicRank { get; init; }

    /// <summary>Factors by block, as in a tag: names such as <c>in*0.5,mid*0</c>, a preset such as <c>OUTALL</c>, or 17 or 26 numbers; null for 1 everywhere.</summary>
    public string? Blocks { get; init; }

    /// <summary>Where in the run it begins to act, a fraction from 0 to 1.</summary>
    public double Start { get; init; }

    /// <summary>Where in the run it ceases to act, a fraction above <see cref="Start"/>.</summary>
    public double Stop { get; init; } = 1;

    /// <summary>The factor of its weight at the start.</summary>
    public double From { get; init; } = 1;

    /// <summary>The factor of its weight at the stop; in between it changes along a line.</summary>
    public double To { get; init; } = 1;

    /// <summary>Whether a file can hold it: it acts in the whole run, with all of its ranks.</summary>
    internal bool IsBakeable => Start == 0 && Stop == 1 && From == 1 && To == 1 && DynamicRank is null;

    /// <summary>What a tag says.</summary>
    public static BlendAdapter Of(LoraTag tag) => new()
    {
        Name = tag.Name,
        Weight = tag.UNetWeight,
        TextWeight = tag.TextWeight == tag.UNetWeight ? null : tag.TextWeight,
        DynamicRank = tag.DynamicRank,
        Blocks = tag.Blocks.Equals(BlockWeights.All) ? null : tag.Blocks.ToString(),
        Start = tag.Schedule.Start,
        Stop = tag.Schedule.Stop,
        From = tag.Schedule.From,
        To = tag.Schedule.To,
    };

    /// <summary>The tag that says the same.</summary>
    /// <param name="field">Its place in the request.</param>
    /// <exception cref="RequestException">A value is none that a tag can have.</exception>
    public LoraTag ToTag(string field)
    {
        Check(field);
        return new(Name, TextWeight ?? Weight, Weight, DynamicRank) { Schedule = new() { Start = Start, Stop = Stop, From = From, To = To }, Blocks = ReadBlocks(field) };
    }

    private void Check(string field)
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > 300 || Name.Any(char.IsControl)) throw RequestException.Invalid($"{field}.name", "It is no adapter's name.", "Take a name from the list of adapters.");
        foreach (var (name, number) in new[] { ("weight", Weight), ("textWeight", TextWeight ?? 0), ("from", From), ("to", To) })
            if (!(Math.Abs(number) <= MostWeight)) throw RequestException.Invalid($"{field}.{name}", "It is no weight.", $"Give a number from -{MostWeight} to {MostWeight}; 1 is full strength.");
        if (DynamicRank < 1) throw RequestException.Invalid($"{field}.dynamicRank", "It is no rank.", "Give 1 or more, or leave it out for all ranks.");
        if (!(Start >= 0 && Stop <= 1 && Start < Stop)) throw RequestException.Invalid($"{field}.start", "The adapter's window of the run is empty or lies outside of it.", "Give fractions from 0 to 1, start below stop; start 0.5 is step 10 of 20.");
    }

    private BlockWeights ReadBlocks(string field)
    {
        if (string.IsNullOrWhiteSpace(Blocks)) return BlockWeights.All;
        if (Blocks.Length > 2000) throw RequestException.Invalid($"{field}.blocks", "The list of block weights is too long.", "Write 17 or 26 numbers, a preset, or names such as in*0.5,mid*0.");
        try
        {
            return BakeInput.ReadBlocks(Blocks);
        }
        catch (FormatException wrong)
        {
            throw RequestException.Invalid($"{field}.blocks", $"The weights by block are not understood: {wrong.Message}.", "Correct them, or leave them out for 1 everywhere.");
        }
    }
}
