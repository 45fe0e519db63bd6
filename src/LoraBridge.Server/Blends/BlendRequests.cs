using System.Text.Json.Serialization;

namespace LoraBridge.Server.Blends;

/// <summary>A blend that is to be looked at, quickly.</summary>
internal record BlendLook
{
    /// <summary>The blend; it need not be saved, nor have a name.</summary>
    public required BlendRecipe Blend { get; init; }

    /// <summary>Who asks: a new picture for the same client takes the place of the one in work. Null for nobody in particular.</summary>
    public string? Client { get; init; }

    /// <summary>Sampling steps; null for as few as show something.</summary>
    public int? Steps { get; init; }

    /// <summary>Pixels, a multiple of 8; null for a small picture of the recipe's shape.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels, a multiple of 8; null for a small picture of the recipe's shape.</summary>
    public int? Height { get; init; }

    /// <summary>The seed; null for the recipe's.</summary>
    public long? Seed { get; init; }
}

/// <summary>A blend at several weights, as a table.</summary>
internal sealed record BlendGridLook : BlendLook
{
    /// <summary>What changes from left to right.</summary>
    public required BlendAxis Across { get; init; }

    /// <summary>What changes from row to row; null for one row.</summary>
    public BlendAxis? Down { get; init; }

    /// <summary>Whether it becomes a job; null for only where it is large.</summary>
    public bool? Queue { get; init; }
}

/// <summary>A number of one adapter that changes over a grid.</summary>
internal sealed record BlendAxis
{
    /// <summary>The adapter's name; one that the blend lacks is added to it.</summary>
    public required string Adapter { get; init; }

    /// <summary>Its values, in their order.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>Which number: weight (of both networks), textWeight, unetWeight, start or stop.</summary>
    public string Of { get; init; } = "weight";
}

/// <summary>A blend that is to become a file.</summary>
internal sealed record BlendBake
{
    /// <summary>The adapter's name; null for the blend's.</summary>
    public string? Name { get; init; }

    /// <summary>The rank; null keeps all ranks side by side, which is exact.</summary>
    public int? Rank { get; init; }

    /// <summary>The rank of convolutions; null for <see cref="Rank"/>.</summary>
    public int? ConvolutionRank { get; init; }

    /// <summary>What is stored: f16, bf16 or f32.</summary>
    public string SaveType { get; init; } = "f16";

    /// <summary>How keys are spelled: kohya or diffusers.</summary>
    public string Layout { get; init; } = "kohya";

    /// <summary>Whether adapters that act in a part of the run, or with some of their ranks, are baked as if they acted in all of it with all.</summary>
    public bool IgnoreSchedules { get; init; }
}

/// <summary>A text that is to become a blend.</summary>
/// <param name="Text">A prompt with tags, or an infotext.</param>
internal sealed record BlendTextQuestion([property: JsonRequired] string Text);

/// <summary>A blend that is to become text.</summary>
/// <param name="Blend">The blend.</param>
internal sealed record BlendFormatQuestion([property: JsonRequired] BlendRecipe Blend);
