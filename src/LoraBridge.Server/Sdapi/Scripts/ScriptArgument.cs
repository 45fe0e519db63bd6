namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>One argument of a script, as <c>/script-info</c> shows it.</summary>
/// <param name="Label">What it is called.</param>
/// <param name="Value">Its default.</param>
internal sealed record ScriptArgument(string Label, object? Value)
{
    /// <summary>The least number allowed.</summary>
    public double? Minimum { get; init; }

    /// <summary>The greatest number allowed.</summary>
    public double? Maximum { get; init; }

    /// <summary>The distance between two numbers.</summary>
    public double? Step { get; init; }

    /// <summary>What it may be.</summary>
    public IReadOnlyList<string>? Choices { get; init; }
}
