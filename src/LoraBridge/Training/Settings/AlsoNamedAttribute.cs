namespace LoraBridge.Training.Settings;

/// <summary>Other names under which a choice is known; upper case, lines and dots do not count.</summary>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class AlsoNamedAttribute(params string[] names) : Attribute
{
    public IReadOnlyList<string> Names { get; } = names;
}
