using System.Security.Cryptography;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>What only a picture's pixels tell.</summary>
internal sealed record PictureTraits
{
    /// <summary>SHA-256 of the file, hexadecimal.</summary>
    public string ContentHash { get; init; } = "";

    /// <summary>How it looks; null where it cannot be decoded or is of one colour.</summary>
    public PerceptualHash? Look { get; init; }

    /// <summary>See <see cref="Sharpness"/>.</summary>
    public double? Sharpness { get; init; }

    /// <summary>Whether a pixel is less than opaque.</summary>
    public bool IsTransparent { get; init; }

    /// <summary>The mean of its mask, 0 to 1; null without mask.</summary>
    public double? MaskMean { get; init; }

    /// <summary>Why it, or its mask, cannot be decoded; null where all is well.</summary>
    public (string Path, string Reason, string Cure)? Failure { get; init; }

    public static PictureTraits Of(TrainingPicture picture)
    {
        var current = picture.Path;
        var hash = "";
        try
        {
            var bytes = File.ReadAllBytes(picture.Path);
            hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
            var decoded = PictureFile.Read(bytes, picture.Path);
            var grey = decoded.ToGrey();
            var sharpness = Doctor.Sharpness.Of(grey);
            var traits = new PictureTraits
            {
                ContentHash = hash,
                Look = sharpness is null ? null : PerceptualHash.Of(grey),
                Sharpness = sharpness,
                IsTransparent = decoded.IsTransparent(),
            };
            if (picture.MaskPath is null)
                return picture.Folder.Augmentation.AlphaMask && decoded.Channels == 4 ? traits with { MaskMean = Mean(decoded.Alpha()) } : traits;
            current = picture.MaskPath;
            return traits with { MaskMean = Mean(PictureFile.Read(picture.MaskPath).ToGrey(Rgb.Black)) };
        }
        catch (Exception e) when (UnreadablePicture.Explains(e))
        {
            var (reason, cure) = UnreadablePicture.Explain(e);
            return new() { ContentHash = hash, Failure = (current, reason, cure) };
        }
    }

    private static double Mean(Picture mask)
    {
        var sum = 0L;
        foreach (var value in mask.Pixels) sum += value;
        return sum / (255.0 * mask.Pixels.Length);
    }
}
