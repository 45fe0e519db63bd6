using LoraBridge.Imaging;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>The pictures of a mask that settings ask for beside an inpainted one: the mask, and what was drawn without what was kept.</summary>
internal static class MaskPictures
{
    /// <summary>PNG files after a result, with what their names end in.</summary>
    /// <param name="drawn">The result.</param>
    /// <param name="options">The settings.</param>
    /// <param name="verb">What is done with them, as settings are named: <c>return</c> or <c>save</c>.</param>
    public static IEnumerable<(byte[] Png, string Suffix)> Of(EnginePicture drawn, Options options, string verb)
    {
        if (drawn.Mask is null) yield break;
        var mask = PictureFile.Read(drawn.Mask);
        if (options.Flag($"{verb}_mask")) yield return (PictureFile.Encode(mask.ToRgb(Rgb.White)), "-mask");
        if (options.Flag($"{verb}_mask_composite")) yield return (PictureFile.Encode(Cut(PictureFile.Read(drawn.Png), mask)), "-mask-composite");
    }

    // the mask as transparency; what is wholly transparent is black
    private static Picture Cut(Picture picture, Picture mask)
    {
        var pixels = new byte[picture.Width * picture.Height * 4];
        for (var i = 0; i < mask.Pixels.Length; i++)
        {
            var alpha = mask.Pixels[i];
            if (alpha > 0) picture.Pixels.AsSpan(i * picture.Channels, 3).CopyTo(pixels.AsSpan(i * 4));
            pixels[(i * 4) + 3] = alpha;
        }
        return new(picture.Width, picture.Height, 4, pixels);
    }
}
