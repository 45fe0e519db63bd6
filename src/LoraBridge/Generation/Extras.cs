using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>Enlarges finished pictures, as the WebUI's "extras" do.</summary>
public static class Extras
{
    private const double MostPixels = 1 << 27;

    /// <summary>Enlarges a picture.</summary>
    /// <param name="picture">Any picture; alpha is laid over white.</param>
    /// <param name="request">How.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="ArgumentException">There is no such upscaler.</exception>
    public static ExtrasResult Apply(Picture picture, ExtrasRequest request)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        CheckSize(picture, request);
        var first = Upscalers.Get(request.Upscaler);
        if (first == Upscalers.None) return new(picture, "");

        var second = Upscalers.Get(request.SecondUpscaler);
        var isMixed = second != Upscalers.None && request.SecondVisibility > 0;
        var enlarged = Enlarged(picture.ToRgb(), first, request);
        if (isMixed) enlarged = PictureMask.Mix(enlarged, Enlarged(picture.ToRgb(), second, request), request.SecondVisibility);

        var text = Infotext.Line(
        [
            new("Postprocess upscale to", request.ToSize ? $"{request.Width}x{request.Height}" : null),
            new("Postprocess upscale by", request.ToSize ? null : request.Factor),
            new("Postprocess crop to", request is { ToSize: true, Crop: true } ? $"{request.Width}x{request.Height}" : null),
            new("Postprocess upscaler", first.Name),
            new("Postprocess upscaler 2", isMixed ? second.Name : null),
        ]);
        return new(new(enlarged.Width, enlarged.Height, enlarged.Channels, enlarged.Pixels)
        {
            Text = new Dictionary<string, string>(picture.Text) { ["extras"] = text },
        }, text);
    }

    // as many as a picture that is read may have: more would take the memory of everything else
    private static void CheckSize(Picture picture, ExtrasRequest request)
    {
        var factor = request.ToSize ? Factor(picture, request) : request.Factor;
        if (picture.Width * factor * picture.Height * factor > MostPixels)
            throw new ArgumentOutOfRangeException(nameof(request), factor, FormattableString.Invariant($"A picture of {picture.Width}x{picture.Height} enlarged {factor:0.##} times would have more than {MostPixels:N0} pixels. Ask for a smaller one."));
    }

    private static double Factor(Picture picture, ExtrasRequest request) => Math.Max((double)request.Width / picture.Width, (double)request.Height / picture.Height);

    private static Picture Enlarged(Picture picture, Upscaler upscaler, ExtrasRequest request)
    {
        if (!request.ToSize) return upscaler.Upscale(picture, request.Factor);
        var factor = Factor(picture, request);
        if (!request.Crop) return upscaler.Upscale(picture, factor);
        // what the multiples of 8 leave short of the size asked for must not show as an edge
        var enlarged = upscaler.Resize(picture,
            Math.Max(request.Width, (int)Math.Round(picture.Width * factor)), Math.Max(request.Height, (int)Math.Round(picture.Height * factor)));
        return enlarged.Cropped((enlarged.Width - request.Width) / 2, (enlarged.Height - request.Height) / 2, request.Width, request.Height);
    }
}
