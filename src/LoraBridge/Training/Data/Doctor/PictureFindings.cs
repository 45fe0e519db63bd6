namespace LoraBridge.Training.Data.Doctor;

/// <summary>What headers and pixels say against one picture.</summary>
internal static class PictureFindings
{
    /// <summary>Where nothing is enlarged, a picture is small below this part of the area aimed at.</summary>
    private const double LeastArea = 0.25;

    public static IEnumerable<DatasetFinding> OfHeaders(TrainingPicture picture, BucketOptions buckets, DoctorOptions options)
    {
        var (info, fit) = (picture.Info, picture.Fit);
        var enlargement = Math.Max((double)fit.Resized.Width / info.Width, (double)fit.Resized.Height / info.Height);
        if (enlargement > options.MostEnlargement + 0.005)
            yield return DatasetFinding.Warning(FindingKind.Small, picture.Path, $"It is {info.Width}x{info.Height} and must be enlarged {enlargement:0.##} times to {fit.Resized}.", "Use a larger original, set buckets.noUpscale, or lower the resolution.");
        else if (fit.Bucket.Area < LeastArea * (picture.Folder.Options.Width ?? buckets.Width) * (picture.Folder.Options.Height ?? buckets.Height))
            yield return DatasetFinding.Warning(FindingKind.Small, picture.Path, $"It is {info.Width}x{info.Height} and is trained at only {fit.Bucket}.", "Use a larger original, or take it out.");

        if (info.Orientation != 1)
            yield return DatasetFinding.Information(FindingKind.Rotated, picture.Path, $"It is stored turned (EXIF orientation {info.Orientation}) and is turned upright when it is read.", "Check that it stands upright; other tools may not turn it.");
        if (ColorReason(info) is { } reason)
            yield return DatasetFinding.Warning(FindingKind.ColorProfile, picture.Path, reason, "Convert it to 8-bit sRGB in an image editor.");

        var aspect = Math.Max((double)info.Width / info.Height, (double)info.Height / info.Width);
        if (aspect > options.MostAspect || fit.Loss > options.MostLoss)
            yield return DatasetFinding.Warning(FindingKind.ExtremeAspect, picture.Path, $"It is {info.Width}x{info.Height}, and {fit.Loss:P0} of it is cut off in its bucket {fit.Bucket}.", "Cut it by hand to what matters.");
    }

    public static IEnumerable<DatasetFinding> OfPixels(TrainingPicture picture, PictureTraits traits, DoctorOptions options)
    {
        if (traits.Failure is var (path, reason, cure))
        {
            yield return UnreadablePicture.Finding(picture.Folder, path, reason, cure);
            yield break;
        }
        if (traits.Sharpness < options.LeastSharpness)
            yield return DatasetFinding.Warning(FindingKind.Blurred, picture.Path, $"It shows little detail (sharpness {traits.Sharpness:0.####}, sharp pictures have {options.LeastSharpness} and more).", "Use a sharper picture, unless the softness is wanted.");
        if (traits.IsTransparent && !picture.Folder.Augmentation.AlphaMask)
            yield return DatasetFinding.Information(FindingKind.Transparent, picture.Path, picture.Folder.Augmentation.AlphaBackground is { } grey ? $"It has transparent parts, which become grey level {grey}." : "It has transparent parts, whose hidden colours are trained.", "Give it a background, or turn AlphaMask on to leave those parts out of the loss.");
        if (traits.MaskMean < options.LeastMask)
            yield return DatasetFinding.Warning(FindingKind.EmptyMask, picture.MaskPath ?? picture.Path, $"Its mask leaves {traits.MaskMean:P1} of the picture to learn from.", "Check that white marks what is wanted, or delete the mask.");
    }

    private static string? ColorReason(Imaging.PictureInfo info)
    {
        if (info.IsCmyk) return "Its colours are inks (CMYK), which are converted without their profile.";
        if (info.BitDepth > 8) return $"It has {info.BitDepth} bits a sample, of which 8 are used.";
        // "c2" is the name of a common minimal sRGB profile
        return info.ColorProfile is { } profile && !profile.Contains("sRGB", StringComparison.OrdinalIgnoreCase) && profile is not "c2"
            ? $"Its colours have the profile \"{profile}\", which is not applied, so they look different."
            : null;
    }
}
