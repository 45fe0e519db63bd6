using LoraBridge.Imaging;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>Writes pictures in the format that the settings name.</summary>
/// <param name="Format">PNG, JPEG or WebP.</param>
/// <param name="Quality">1 to 100.</param>
/// <param name="KeepsText">Whether pictures tell how they were made.</param>
internal sealed record PictureOutput(PictureFormat Format, int Quality, bool KeepsText)
{
    /// <summary>Whether lossy formats are written without loss where they can be.</summary>
    public bool Lossless { get; init; }

    /// <summary>The ending of files, with its dot.</summary>
    public string Extension => Format switch { PictureFormat.Jpeg => ".jpg", PictureFormat.WebP => ".webp", _ => ".png" };

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SdapiException">The format is none.</exception>
    public static PictureOutput Of(Options options) => new(
        options.Text("samples_format")?.ToLowerInvariant() switch
        {
            "png" => PictureFormat.Png,
            "jpg" or "jpeg" => PictureFormat.Jpeg,
            "webp" => PictureFormat.WebP,
            _ => throw new SdapiException(500, "Invalid image format"),
        },
        Math.Clamp(options.Count("jpeg_quality"), 1, 100),
        options.Flag("enable_pnginfo"))
    {
        Lossless = options.Flag("webp_lossless"),
    };

    /// <summary>A picture's file.</summary>
    public byte[] Encode(Picture picture) => PictureFile.Encode(
        KeepsText ? picture : new Picture(picture.Width, picture.Height, picture.Channels, picture.Pixels),
        new() { Format = Format, Quality = Quality, Lossless = Lossless });

    /// <summary>The same for a picture that is a PNG file already, which mostly needs nothing.</summary>
    public byte[] Convert(byte[] png) => Format == PictureFormat.Png && KeepsText ? png : Encode(PictureFile.Read(png));
}
