using LoraBridge.Diffusion.Noise;
using LoraBridge.Imaging;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Generation;

/// <summary>A picture to begin with: its latents, and what is done to the results that are made of it.</summary>
internal sealed class InitPicture : IDisposable
{
    private readonly ImageToImageRequest _request;
    private readonly InpaintMask? _mask;
    private readonly Picture _original;
    private readonly Picture _worked;
    private readonly LatentDistribution _latents;
    private readonly Tensor? _keep;
    private readonly int _rows, _columns;

    /// <summary>Reads and encodes a picture.</summary>
    /// <param name="file">The picture's file.</param>
    /// <param name="request">What is done with it.</param>
    /// <param name="parts">The checkpoint.</param>
    public InitPicture(byte[] file, ImageToImageRequest request, PipelineParts parts)
    {
        _request = request;
        _original = PictureFile.Read(file, "init picture").ToRgb(request.Background);
        _mask = InpaintMask.Of(request, _original);
        _worked = Worked();
        (_rows, _columns) = (request.Height / parts.Codec.PixelsPerCell, request.Width / parts.Codec.PixelsPerCell);
        _latents = parts.Codec.Encode(_worked, request.TiledDecode);
        using var scope = NewDisposeScope();
        _keep = _mask?.Keep(_rows, _columns, request.Inpaint.Round).to(parts.Model.Device).DetachFromDisposeScope();
    }

    /// <summary>Whether a part of the picture was asked for and the mask is black, so that all of it is drawn.</summary>
    public bool HasBlankMask => _request.Mask is not null && _mask is null;

    /// <summary>1 where the latents are kept, (1, 1, h, w); null where all is made anew.</summary>
    public Tensor? Keep => _keep;

    /// <summary>White where results are shown; null without a mask.</summary>
    public Picture? Overlay => _mask?.Overlay;

    /// <summary>The latents that a picture of the job begins with, (1, 4, h, w).</summary>
    /// <param name="seeds">The job's seeds.</param>
    /// <param name="image">The picture, counted over the job from 0.</param>
    public Tensor Latents(SeedPlan seeds, int image)
    {
        using var scope = NewDisposeScope();
        var latents = _latents.Draw(seeds, image);
        if (latents.shape[2] != _rows || latents.shape[3] != _columns)
            latents = functional.interpolate(latents, size: [_rows, _columns], mode: InterpolationMode.Bilinear);
        if (_keep is null || _request.Inpaint.Content is MaskedContent.Fill or MaskedContent.Original) return latents.MoveToOuterDisposeScope();

        latents = latents * _keep;
        if (_request.Inpaint.Content == MaskedContent.LatentNoise)
        {
            var noise = new LatentNoise(seeds, new((int)latents.shape[1], _rows, _columns), 1, image).Start(latents.device);
            latents = latents + noise * (1 - _keep);
        }
        return latents.MoveToOuterDisposeScope();
    }

    /// <summary>A result with what is kept of this picture: its colours, the pixels outside the mask, what lies around the part that was worked on.</summary>
    public Picture Finish(Picture drawn)
    {
        if (_request.ColorCorrection) drawn = drawn.WithColorsOf(_worked);
        if (_mask is null || !_request.Inpaint.Overlay) return drawn;
        if (_mask.Region is not { } region)
            return PictureMask.Choose(_mask.Overlay, drawn, _original.Fitted(drawn.Width, drawn.Height, _request.ResizeMode));

        var ground = new Picture(_original.Width, _original.Height, 3, [.. _original.Pixels]);
        drawn.Fitted(region.Width, region.Height, PictureResizeMode.Crop).PasteOnto(ground, region.Left, region.Top);
        return PictureMask.Choose(_mask.Overlay, ground, _original);
    }

    public void Dispose()
    {
        _latents.Dispose();
        _keep?.Dispose();
    }

    // the pixels that are encoded
    private Picture Worked()
    {
        var (width, height, mode) = (_request.Width, _request.Height, _request.ResizeMode);
        var picture = _mask?.Region is { } region ? _original.Cropped(region).Fitted(width, height, PictureResizeMode.Fill)
            : mode == PictureResizeMode.Latent ? _original
            : _original.Fitted(width, height, mode);
        if (_mask is null || _request.Inpaint.Content == MaskedContent.Original) return picture;
        return picture.FilledFromAround(_mask.Work.Resized(picture.Width, picture.Height));
    }
}
