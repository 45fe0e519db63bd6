using LoraBridge.Files;
using LoraBridge.Imaging;

namespace LoraBridge.Server.Datasets;

/// <summary>Small copies of pictures, kept by the content that they were made of.</summary>
internal sealed class Thumbnails(ServerSettings settings, ContentHashes hashes) : IDisposable
{
    private readonly string _folder = Path.Combine(settings.Data.Cache, "thumbnails");
    private readonly SemaphoreSlim _decoding = new(2);                          // each holds a whole picture in memory

    /// <summary>The sizes there are, the length of the long side in pixels.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [128, 256, 512];

    /// <summary>The small copy of a picture, made where there is none yet.</summary>
    /// <param name="picture">The picture's path.</param>
    /// <param name="size">One of <see cref="Sizes"/>.</param>
    /// <param name="cancel">Stops the waiting.</param>
    /// <returns>Its bytes, their type, and a tag that changes with the picture.</returns>
    /// <exception cref="PictureFormatException">The picture cannot be read.</exception>
    public async Task<(byte[] Bytes, string Type, string Tag)> OfAsync(string picture, int size, CancellationToken cancel)
    {
        var tag = $"{hashes.Of(picture)}-{size}";
        var path = Path.Combine(_folder, tag[..2], tag);
        if (Find(path) is { } known) return (known.Bytes, known.Type, tag);
        await _decoding.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var small = Shrunk(PictureFile.Read(picture, new() { MaxPixels = settings.Datasets.MaxPixels }), size);
            var (bytes, type) = Encoded(small);
            AtomicFile.Write(path + Ending(type), bytes);
            return (bytes, type, tag);
        }
        finally
        {
            _decoding.Release();
        }
    }

    public void Dispose() => _decoding.Dispose();

    private static (byte[] Bytes, string Type)? Find(string path)
    {
        foreach (var type in new[] { "image/jpeg", "image/png" })
            if (File.Exists(path + Ending(type))) return (File.ReadAllBytes(path + Ending(type)), type);
        return null;
    }

    private static Picture Shrunk(Picture picture, int size)
    {
        var scale = Math.Min(1, (double)size / Math.Max(picture.Width, picture.Height));
        var small = picture.Resized(Math.Max(1, (int)Math.Round(picture.Width * scale)), Math.Max(1, (int)Math.Round(picture.Height * scale)), ResizeFilter.Box);
        return new(small.Width, small.Height, small.Channels, small.Pixels);    // without the text of the original, which may be long
    }

    private static (byte[] Bytes, string Type) Encoded(Picture picture)
    {
        try
        {
            if (picture.Channels != 4) return (PictureFile.Encode(picture, new() { Format = PictureFormat.Jpeg }), "image/jpeg");
        }
        catch (MissingPictureLibraryException)
        {
            // PNG needs none
        }
        return (PictureFile.Encode(picture), "image/png");
    }

    private static string Ending(string type) => type == "image/jpeg" ? ".jpg" : ".png";
}
