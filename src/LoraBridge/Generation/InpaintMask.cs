using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>A mask as it acts on one picture.</summary>
/// <param name="Work">White where latents are made anew: grey, of the size that is drawn.</param>
/// <param name="Overlay">White where the result is shown and black where the picture stays: grey, of the size of the result.</param>
/// <param name="Region">The part of the picture that is worked on; null for the whole.</param>
internal sealed record InpaintMask(Picture Work, Picture Overlay, PictureRegion? Region)
{
    /// <summary>Reads a request's mask for a picture of a size.</summary>
    /// <returns>Null where there is no mask, or only a part is to be worked on and the mask is black.</returns>
    public static InpaintMask? Of(ImageToImageRequest request, Picture picture)
    {
        if (request.Mask is null) return null;
        var (settings, width, height) = (request.Inpaint, request.Width, request.Height);
        var mask = PictureFile.Read(request.Mask, "mask").ToMaskPicture(settings.Round);
        if (settings.Invert) mask = mask.Inverted();
        mask = mask.Blurred(settings.BlurX, settings.BlurY);
        if (!settings.OnlyMasked)
        {
            var work = mask.Fitted(width, height, request.ResizeMode);
            // what is half white counts as painted over, or blurred edges would show the old picture through
            return new(work, work.Mapped(value => (byte)Math.Min(255, 2 * value)), Region: null);
        }
        mask = mask.Resized(picture.Width, picture.Height);
        if (PictureRegion.Of(mask, settings.Padding) is not { } found) return null;
        var region = found.GrownTo(width, height, mask);
        return new(mask.Cropped(region).Fitted(width, height, PictureResizeMode.Fill), mask, region);
    }

    /// <summary>1 where latents are kept.</summary>
    /// <param name="height">Rows of cells.</param>
    /// <param name="width">Columns of cells.</param>
    /// <param name="round">Whether every cell is kept or not, none in part.</param>
    /// <returns>(1, 1, height, width), float32, on the CPU.</returns>
    public Tensor Keep(int height, int width, bool round)
    {
        var cells = Work.Resized(width, height, ResizeFilter.Bicubic).Pixels;
        var values = Array.ConvertAll(cells, cell => 1 - (round ? MathF.Round(cell / 255f) : cell / 255f));
        return tensor(values, [1, 1, height, width], dtype: float32);
    }
}
