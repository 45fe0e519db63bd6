using static TorchSharp.torch;

namespace LoraBridge.Imaging;

/// <summary>Pictures as tensors and back: (B, 3, H, W) float32 in [-1, 1], channels R, G, B.</summary>
public static class PictureTensor
{
    /// <summary>One picture as (1, 3, H, W) in [-1, 1]; alpha is laid over <paramref name="background"/> (default white).</summary>
    public static Tensor ToTensor(this Picture picture, Rgb? background = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return ToTensor([picture], background, device);
    }

    /// <summary>Pictures of one size as (B, 3, H, W) in [-1, 1].</summary>
    public static Tensor ToTensor(IReadOnlyList<Picture> pictures, Rgb? background = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var (width, height) = CommonSize(pictures);
        var plane = width * height;
        var values = new float[checked(3 * plane * pictures.Count)];
        for (var i = 0; i < pictures.Count; i++)
            Spread(pictures[i].ToRgb(background).Pixels, values.AsSpan(3 * plane * i, 3 * plane));
        return tensor(values, [pictures.Count, 3, height, width], dtype: ScalarType.Float32, device: device ?? CPU);
    }

    /// <summary>A picture's alpha as (1, 1, H, W) in [0, 1]; ones where it has none. A grey picture is taken for the mask itself.</summary>
    public static Tensor ToMask(this Picture picture, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var mask = picture.Channels == 1 ? picture : picture.Alpha();
        var values = Array.ConvertAll(mask.Pixels, value => value / 255f);
        return tensor(values, [1, 1, mask.Height, mask.Width], dtype: ScalarType.Float32, device: device ?? CPU);
    }

    /// <summary>The pictures in a (B, 3, H, W) or (3, H, W) tensor: floor(clamp((x + 1) / 2, 0, 1) * 255), as the WebUI rounds; not a number becomes 0.</summary>
    public static IReadOnlyList<Picture> ToPictures(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.shape is not ([_, 3, > 0, > 0] or [3, > 0, > 0]))
            throw new ArgumentException($"Pictures come from a tensor of shape (B, 3, H, W) or (3, H, W); this one has ({string.Join(", ", images.shape)}).", nameof(images));
        var (height, width) = ((int)images.shape[^2], (int)images.shape[^1]);
        float[] values;
        using (NewDisposeScope())
            values = images.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();

        var pictures = new List<Picture>();
        for (var at = 0; at < values.Length; at += 3 * width * height)
            pictures.Add(new(width, height, 3, Gather(values.AsSpan(at, 3 * width * height))));
        return pictures;
    }

    /// <summary>The one picture in a (1, 3, H, W) or (3, H, W) tensor.</summary>
    public static Picture ToPicture(Tensor image) => ToPictures(image) is [var picture]
        ? picture
        : throw new ArgumentException($"One picture was asked for; the tensor holds {image.shape[0]}.", nameof(image));

    private static (int Width, int Height) CommonSize(IReadOnlyList<Picture> pictures)
    {
        if (pictures.Count == 0)
            throw new ArgumentException("A batch needs one picture at least.", nameof(pictures));
        var first = pictures[0];
        foreach (var picture in pictures)
        {
            if (picture.Width != first.Width || picture.Height != first.Height)
                throw new ArgumentException($"The pictures of a batch have one size; {picture.Width}x{picture.Height} stands beside {first.Width}x{first.Height}.", nameof(pictures));
        }
        return (first.Width, first.Height);
    }

    // R, G, B, R, G, B … -> a plane of each
    private static void Spread(ReadOnlySpan<byte> pixels, Span<float> planes)
    {
        var plane = planes.Length / 3;
        for (int i = 0, p = 0; p < plane; i += 3, p++)
        {
            planes[p] = pixels[i] / 127.5f - 1;
            planes[p + plane] = pixels[i + 1] / 127.5f - 1;
            planes[p + 2 * plane] = pixels[i + 2] / 127.5f - 1;
        }
    }

    private static byte[] Gather(ReadOnlySpan<float> planes)
    {
        var plane = planes.Length / 3;
        var pixels = new byte[planes.Length];
        for (int i = 0, p = 0; p < plane; i += 3, p++)
        {
            pixels[i] = ToByte(planes[p]);
            pixels[i + 1] = ToByte(planes[p + plane]);
            pixels[i + 2] = ToByte(planes[p + 2 * plane]);
        }
        return pixels;
    }

    // truncation is the floor here, since nothing is negative; a cast of NaN is 0
    private static byte ToByte(float x) => (byte)(Math.Clamp((x + 1) / 2, 0, 1) * 255);
}
