namespace LoraBridge.Imaging;

/// <summary>Paints over a masked part of a picture with the colours around it.</summary>
public static class MaskedFill
{
    // from far to near; the nearer ones several times, so that they cover the farther where they have anything to show
    private static readonly (double Sigma, int Times)[] s_layers = [(256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1)];

    /// <summary>The picture with what is white in the mask filled from around it: what is black stays, what is grey mixes.</summary>
    /// <param name="picture">Any picture; its alpha is laid over white.</param>
    /// <param name="mask">A grey picture of the same size.</param>
    /// <returns>Three channels; black where the mask is white everywhere.</returns>
    public static Picture FilledFromAround(this Picture picture, Picture mask)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Channels != 1 || mask.Width != picture.Width || mask.Height != picture.Height)
            throw new ArgumentException($"The mask must be a grey picture of {picture.Width}x{picture.Height}, not of {mask.Width}x{mask.Height} with {mask.Channels} channels.", nameof(mask));

        var kept = Kept(picture.ToRgb(), mask);
        var sum = new float[kept.Length];
        foreach (var (sigma, times) in s_layers)
        {
            var layer = (float[])kept.Clone();
            BoxBlur.Apply(layer, picture.Width, picture.Height, 4, sigma);
            for (var i = 0; i < times; i++) LayOver(sum, layer);
        }
        return Opaque(sum, picture);
    }

    // red, green, blue, already multiplied by how much is kept, and how much that is
    private static float[] Kept(Picture picture, Picture mask)
    {
        var samples = new float[4 * mask.Pixels.Length];
        for (var i = 0; i < mask.Pixels.Length; i++)
        {
            var kept = (255 - mask.Pixels[i]) / 255f;
            for (var c = 0; c < 3; c++) samples[4 * i + c] = picture.Pixels[3 * i + c] * kept;
            samples[4 * i + 3] = kept;
        }
        return samples;
    }

    private static void LayOver(float[] ground, float[] layer)
    {
        for (var i = 0; i < ground.Length; i += 4)
        {
            var through = 1 - layer[i + 3];
            for (var c = 0; c < 4; c++) ground[i + c] = layer[i + c] + ground[i + c] * through;
        }
    }

    private static Picture Opaque(float[] samples, Picture like)
    {
        var pixels = new byte[samples.Length / 4 * 3];
        for (int i = 0, o = 0; i < samples.Length; i += 4)
        {
            var alpha = samples[i + 3];
            for (var c = 0; c < 3; c++, o++)
                pixels[o] = alpha <= 0 ? (byte)0 : (byte)Math.Clamp(MathF.Round(samples[i + c] / alpha), 0, 255);
        }
        return like.With(like.Width, like.Height, 3, pixels);
    }
}
