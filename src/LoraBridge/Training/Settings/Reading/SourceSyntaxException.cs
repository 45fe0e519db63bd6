namespace LoraBridge.Training.Settings.Reading;

/// <summary>A source that breaks its language's rules.</summary>
internal sealed class SourceSyntaxException(IReadOnlyList<(SourcePlace Place, string Message)> errors) : Exception(errors[0].Message)
{
    public SourceSyntaxException(SourcePlace place, string message) : this([(place, message)])
    {
    }

    public IReadOnlyList<(SourcePlace Place, string Message)> Errors { get; } = errors;
}
