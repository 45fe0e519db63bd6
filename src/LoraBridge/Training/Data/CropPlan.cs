using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraBridge.Training.Data;

/// <summary>How a picture becomes the bucket's size: resized, then cut.</summary>
/// <param name="Resized">The size before the cut.</param>
/// <param name="X">The cut's left edge in the resized picture.</param>
/// <param name="Y">The cut's upper edge.</param>
/// <param name="Size">The cut's size: the bucket.</param>
public readonly partial record struct CropPlan(PictureSize Resized, int X, int Y, PictureSize Size)
{
    /// <summary>The middle of a picture that is resized to cover its bucket.</summary>
    public static CropPlan Middle(BucketFit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        return new(fit.Resized, (fit.Resized.Width - fit.Bucket.Width) / 2, (fit.Resized.Height - fit.Bucket.Height) / 2, fit.Bucket);
    }

    /// <summary>The cut of one visit, as the picture's folder says: the middle, a random place, or around the face that its name gives.</summary>
    internal static CropPlan Of(TrainingPicture picture, RandomSequence random)
    {
        var augmentation = picture.Folder.Augmentation;
        var fit = picture.Fit;
        if (augmentation.FaceCropMinimum is { } least && FaceName().Match(System.IO.Path.GetFileNameWithoutExtension(picture.Name)) is { Success: true } face)
            return AroundFace(picture, face, least, Math.Max(least, augmentation.FaceCropMaximum ?? least), random);
        if (!augmentation.RandomCrop) return Middle(fit);
        return new(fit.Resized, random.Next(fit.Resized.Width - fit.Bucket.Width + 1), random.Next(fit.Resized.Height - fit.Bucket.Height + 1), fit.Bucket);
    }

    // The scale is drawn so that the cut's shorter side is least to most faces long, but the picture must cover the cut, and is enlarged for that only.
    private static CropPlan AroundFace(TrainingPicture picture, Match face, double least, double most, RandomSequence random)
    {
        var cut = picture.Fit.Bucket;
        double side = Math.Min(cut.Width, cut.Height), faceSide = Math.Max(1, Math.Max(Number(face, 3), Number(face, 4)));
        var cover = Math.Max((double)cut.Width / picture.Width, (double)cut.Height / picture.Height);
        var low = Math.Max(cover, Math.Min(1, side / (faceSide * most)));
        var high = Math.Max(low, Math.Min(1, side / (faceSide * least)));
        var scale = random.NextDouble(low, high);
        PictureSize resized = new(Math.Max(cut.Width, Round(picture.Width * scale)), Math.Max(cut.Height, Round(picture.Height * scale)));
        return new(resized, Place(Number(face, 1) * scale, cut.Width, resized.Width), Place(Number(face, 2) * scale, cut.Height, resized.Height), cut);
    }

    private static int Place(double middle, int cut, int length) => Math.Clamp(Round(middle) - cut / 2, 0, length - cut);

    private static int Round(double value) => (int)Math.Floor(value + 0.5);

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"-(\d{1,6})-(\d{1,6})-(\d{1,6})-(\d{1,6})$")]
    private static partial Regex FaceName();
}
