namespace LoraBridge.Training.Data;

/// <summary>A folder of pictures as it was found, with what its name or its options say.</summary>
public sealed record TrainingFolder
{
    /// <summary>The options it comes from.</summary>
    public required DatasetOptions Options { get; init; }

    /// <summary>Its full path.</summary>
    public required string Path { get; init; }

    /// <summary>How often each picture is seen in an epoch, 1 or more.</summary>
    public required int Repeats { get; init; }

    /// <summary>The caption of pictures that have none, or null.</summary>
    public string? ClassTokens { get; init; }

    /// <summary>How its captions are processed; regularisation pictures never get the trigger word.</summary>
    public required CaptionOptions Captions { get; init; }

    /// <summary>How its pictures are varied.</summary>
    public required AugmentationOptions Augmentation { get; init; }

    /// <summary>Whether it holds regularisation pictures.</summary>
    public bool IsRegularisation => Options.IsRegularisation;

    /// <summary>Its own name, the last part of its path.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}
