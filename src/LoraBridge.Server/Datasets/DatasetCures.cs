using LoraBridge.Files;
using LoraBridge.Imaging;
using LoraBridge.Server.Errors;
using LoraBridge.Training.Data;

namespace LoraBridge.Server.Datasets;

/// <summary>Cures what needs no eye: each is one action on one file, and the file as it was is kept for versions.</summary>
internal sealed class DatasetCures(DatasetVersions versions, ServerSettings settings)
{
    /// <summary>Takes the picture out.</summary>
    public const string Remove = "remove";

    /// <summary>Stores the picture as it is shown.</summary>
    public const string TurnUpright = "turnUpright";

    /// <summary>Puts white behind transparent parts.</summary>
    public const string Flatten = "flatten";

    /// <summary>Stores the picture as an 8-bit PNG of RGB.</summary>
    public const string Convert = "convert";

    /// <summary>Stores the picture's caption as UTF-8.</summary>
    public const string SaveCaption = "saveCaption";

    private const int JpegQuality = 95;

    /// <summary>The cures of a kind of finding, the likeliest first.</summary>
    public static IReadOnlyList<string> For(FindingKind kind) => kind switch
    {
        FindingKind.ExactDuplicate or FindingKind.NearDuplicate or FindingKind.Unreadable or FindingKind.Small or FindingKind.Blurred or FindingKind.ExtremeAspect => [Remove],
        FindingKind.Rotated => [TurnUpright],
        FindingKind.Transparent => [Flatten],
        FindingKind.ColorProfile => [Convert],
        FindingKind.CaptionEncoding => [SaveCaption],
        _ => [],
    };

    /// <summary>Applies a cure to a picture.</summary>
    /// <returns>The picture's name afterwards; null where it was taken out.</returns>
    /// <exception cref="RequestException">There is no such cure or picture, or the picture cannot be read.</exception>
    public string? Apply(Dataset dataset, string cure, string name)
    {
        if (cure is not (Remove or TurnUpright or Flatten or Convert or SaveCaption))
            throw RequestException.Invalid("cure", $"'{UploadedFile.Shown(cure)}' is no cure.", $"Say {Remove}, {TurnUpright}, {Flatten}, {Convert} or {SaveCaption}.");
        lock (dataset.Gate)
        {
            var path = dataset.Find(name);
            if (cure == Remove)
            {
                versions.Remove(dataset, name);
                return null;
            }
            if (cure == SaveCaption)
            {
                if (CaptionFile.Read(path) is { } caption) CaptionFile.Write(path, caption);
                return name;
            }
            return Rewrite(dataset, path, cure);
        }
    }

    private string Rewrite(Dataset dataset, string path, string cure)
    {
        try
        {
            var format = PictureFile.Probe(path).Format;
            var picture = PictureFile.Read(path, new() { MaxPixels = settings.Datasets.MaxPixels });
            if (cure is Flatten or Convert && picture.Channels == 4) picture = Opaque(picture);
            var isJpeg = format == PictureFormat.Jpeg && cure != Convert;
            var target = isJpeg ? path : Path.ChangeExtension(path, ".png");
            if (target != path && File.Exists(target))
                throw RequestException.Conflict("name", $"There is a picture {Path.GetFileName(target)} already.", "Rename or remove one of the two.");
            var bytes = PictureFile.Encode(picture, new() { Format = isJpeg ? PictureFormat.Jpeg : PictureFormat.Png, Quality = JpegQuality });
            versions.Keep(dataset, path);
            AtomicFile.Write(target, bytes);
            if (target != path) File.Delete(path);
            return PictureSearch.NameIn(dataset.Folder, target);
        }
        catch (PictureFormatException error)
        {
            throw RequestException.Invalid("name", $"The picture cannot be read: {error.Reason}.", error.Cure);
        }
        catch (MissingPictureLibraryException error)
        {
            throw RequestException.Conflict("name", $"The picture cannot be read or written: {error.Library} is not installed.", $"Install {error.Package}.");
        }
    }

    private static Picture Opaque(Picture picture)
    {
        var result = new byte[picture.Width * picture.Height * 3];
        for (int from = 0, to = 0; from < picture.Pixels.Length; from += 4)
        {
            var alpha = picture.Pixels[from + 3];
            for (var c = 0; c < 3; c++) result[to++] = (byte)((picture.Pixels[from + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
        return new(picture.Width, picture.Height, 3, result) { Text = picture.Text };
    }
}
