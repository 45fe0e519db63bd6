using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Data;

/// <summary>How a folder's pictures are laid out.</summary>
public enum FolderLayout
{
    /// <summary>Subfolders named <c>10_cat</c> make it a folder of folders; without any it is one flat folder.</summary>
    Auto,

    /// <summary>Every picture below the folder belongs to it, whatever its subfolders are called.</summary>
    Flat,

    /// <summary>Only the subfolders named <c>10_cat</c> count: repeats, then class tokens.</summary>
    Repeats,
}

/// <summary>What becomes of a picture that cannot be used: unreadable, or without a caption.</summary>
public enum UnusablePicture
{
    /// <summary>The data set is refused, naming the picture and the cure.</summary>
    Fail,

    /// <summary>The picture is left out; the doctor lists it.</summary>
    LeaveOut,
}

/// <summary>One source of training pictures: a folder, its captions and masks. A run has one or more.</summary>
public sealed record DatasetOptions
{
    /// <summary>The folder of pictures, or a folder of <c>10_name</c> folders.</summary>
    [Required]
    public required string Folder { get; init; }

    /// <summary>How the folder is laid out; default by looking.</summary>
    public FolderLayout Layout { get; init; } = FolderLayout.Auto;

    /// <summary>Whether pictures in subfolders belong to a flat folder too; default yes.</summary>
    public bool IncludeSubfolders { get; init; } = true;

    /// <summary>How often each picture is seen in an epoch; null for the number in the folder's name (<c>10_name</c>), else 1.</summary>
    [Range(1, 100_000)]
    public int? Repeats { get; init; }

    /// <summary>The caption of pictures that have none; null for the folder's name after its number (<c>10_name</c>), else none.</summary>
    public string? ClassTokens { get; init; }

    /// <summary>Whether these are regularisation pictures of the class, which keep the model from forgetting it; default no.</summary>
    public bool IsRegularisation { get; init; }

    /// <summary>The ending of caption files beside the pictures; null takes <c>.txt</c>, then <c>.caption</c>. <c>.json</c> files are read for their caption and tags.</summary>
    [RegularExpression(@"\.?[^\\/]+", ErrorMessage = "CaptionExtension must be a file ending such as .txt.")]
    public string? CaptionExtension { get; init; }

    /// <summary>A file of captions: CSV with a header (<c>filename,prompt</c>), JSON lines or kohya's JSON; null looks for <c>metadata.csv</c>, <c>metadata.jsonl</c> and <c>metadata.json</c> in the folder.</summary>
    public string? MetadataFile { get; init; }

    /// <summary>A folder of grey masks with the pictures' names, white where the loss counts; null for none.</summary>
    public string? MaskFolder { get; init; }

    /// <summary>The caption of pictures for which nothing else gives one; null makes a missing caption what <see cref="WithoutCaption"/> says.</summary>
    public string? FallbackCaption { get; init; }

    /// <summary>What becomes of pictures without any caption; default the data set is refused.</summary>
    public UnusablePicture WithoutCaption { get; init; } = UnusablePicture.Fail;

    /// <summary>What becomes of pictures that cannot be read; default the data set is refused.</summary>
    public UnusablePicture Unreadable { get; init; } = UnusablePicture.Fail;

    /// <summary>The width of the area these pictures are trained at, in pixels; null for that of <see cref="BucketOptions"/>.</summary>
    [Range(64, 4096)]
    public int? Width { get; init; }

    /// <summary>The height of the area these pictures are trained at, in pixels; null for that of <see cref="BucketOptions"/>.</summary>
    [Range(64, 4096)]
    public int? Height { get; init; }

    /// <summary>How these captions are processed; null as the run's are.</summary>
    public CaptionOptions? Captions { get; init; }

    /// <summary>How these pictures are varied; null as the run's are.</summary>
    public AugmentationOptions? Augmentation { get; init; }
}
