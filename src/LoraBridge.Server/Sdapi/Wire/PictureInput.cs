using System.Text;
using LoraBridge.Imaging;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>Reads the pictures of requests: base 64, bare or as a data URI, or a URL to fetch.</summary>
internal sealed class PictureInput(PictureDownload download)
{
    /// <summary>A picture file's bytes, whose header was looked at.</summary>
    /// <exception cref="SdapiException">It is no picture, or must not be fetched.</exception>
    public async Task<byte[]> ReadAsync(string text, CancellationToken cancel)
    {
        var isUrl = text.StartsWith("http://", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal);
        var bytes = isUrl ? await download.GetAsync(text, cancel).ConfigureAwait(false) : Decode(text);
        try
        {
            PictureFile.Probe(bytes);
            return bytes;
        }
        catch (Exception error) when (error is PictureFormatException or MissingPictureLibraryException)
        {
            throw isUrl ? new SdapiException(500, "Invalid image url") : new SdapiException(500, "Invalid encoded image");
        }
    }

    /// <summary>A picture, decoded.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async Task<Picture> ReadPictureAsync(string text, CancellationToken cancel)
    {
        var bytes = await ReadAsync(text, cancel).ConfigureAwait(false);
        try
        {
            return PictureFile.Read(bytes);
        }
        catch (Exception error) when (error is PictureFormatException or MissingPictureLibraryException)
        {
            throw new SdapiException(500, "Invalid encoded image");
        }
    }

    /// <summary>The bytes that base 64 stands for; what is not of its alphabet is passed over, but the padding must be right.</summary>
    public static byte[] Decode(string text)
    {
        if (text.StartsWith("data:image/", StringComparison.Ordinal))
            text = text.Split(';') is [_, var data, ..] && data.StartsWith("base64,", StringComparison.Ordinal) ? data["base64,".Length..] : "!";
        var letters = new StringBuilder(text.Length);
        foreach (var letter in text)
            if (char.IsAsciiLetterOrDigit(letter) || letter is '+' or '/' or '=') letters.Append(letter);
        try
        {
            return letters.Length == 0 ? throw new FormatException() : Convert.FromBase64String(letters.ToString());
        }
        catch (FormatException)
        {
            throw new SdapiException(500, "Invalid encoded image");
        }
    }
}
