using LoraBridge.Imaging;

namespace LoraBridge.Training.Data;

/// <summary>Where a caption comes from.</summary>
public enum CaptionOrigin
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The text file beside the picture.</summary>
    File,

    /// <summary>A file of captions.</summary>
    Metadata,

    /// <summary>The class tokens of its folder.</summary>
    ClassTokens,

    /// <summary>The fallback of the options, or the trigger word alone.</summary>
    Fallback,
}

/// <summary>A picture of the data set; only its headers were read.</summary>
public sealed record TrainingPicture
{
    /// <summary>Its folder.</summary>
    public required TrainingFolder Folder { get; init; }

    /// <summary>Its full path.</summary>
    public required string Path { get; init; }

    /// <summary>Its path below its folder, with forward slashes.</summary>
    public required string Name { get; init; }

    /// <summary>What the file says about itself.</summary>
    public required PictureInfo Info { get; init; }

    /// <summary>The bucket, and the way into it.</summary>
    public required BucketFit Fit { get; init; }

    /// <summary>Its caption as written, all lines; empty where there is none.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Where the caption comes from.</summary>
    public CaptionOrigin CaptionOrigin { get; init; }

    /// <summary>Its mask's file, or null.</summary>
    public string? MaskPath { get; init; }

    /// <summary>How often it is seen in an epoch: its folder's repeats, for a regularisation picture as many as balance the others.</summary>
    public int Visits { get; init; }

    /// <summary>Pixels in a row, orientation applied.</summary>
    public int Width => Info.Width;

    /// <summary>Rows, orientation applied.</summary>
    public int Height => Info.Height;

    /// <summary>Whether it is a regularisation picture, whose loss has the prior's weight.</summary>
    public bool IsRegularisation => Folder.IsRegularisation;

    /// <summary>The caption of one visit.</summary>
    public string CaptionAt(CaptionVisit visit) => CaptionVariant.Of(Caption, Folder.Captions, visit);
}
