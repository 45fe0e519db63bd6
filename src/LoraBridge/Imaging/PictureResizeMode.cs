namespace LoraBridge.Imaging;

/// <summary>How a picture comes to a size of another shape; the numbers are the WebUI's.</summary>
public enum PictureResizeMode
{
    /// <summary>Each side by itself.</summary>
    Stretch,

    /// <summary>Covering the size, cut around the middle.</summary>
    Crop,

    /// <summary>Fitting into the size, the edges drawn out over what stays free.</summary>
    Fill,

    /// <summary>Not as pixels but as latents, each side by itself.</summary>
    Latent,
}
