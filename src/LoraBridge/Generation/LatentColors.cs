using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>
/// Shows each latent cell as one colour: a linear map, fitted by least squares to what the autoencoder makes of random latents,
/// so that it suits whatever autoencoder is loaded.
/// </summary>
internal sealed class LatentColors
{
    private const int Cells = 16, Patch = 4, Pictures = 4;

    // for red, green and blue: a factor of each channel, then what is added
    private readonly double[][] _weights;

    private LatentColors(double[][] weights) => _weights = weights;

    /// <summary>Fits the map to a model's autoencoder.</summary>
    public static LatentColors Fit(StableDiffusionModel model, LatentCodec codec) =>
        Fit((int)model.Autoencoder.Config.LatentChannels, latents => codec.Decode(latents.to(model.Device), tiled: false));

    /// <summary>Fits the map to what makes pictures of latents, (1, C, h, w) on the CPU.</summary>
    internal static LatentColors Fit(int channels, Func<Tensor, Picture> decode)
    {
        using var scope = NewDisposeScope();
        List<float[]> inputs = [];
        List<byte[]> colors = [];
        for (var i = 0; i < Pictures; i++)
        {
            // even patches: the middle of one is coloured by its own value, not by its neighbours'
            var patches = NormalGenerator.First(NoiseOrigin.Cpu, i, channels * (Cells / Patch) * (Cells / Patch));
            var latents = nn.functional.interpolate(
                tensor(patches, [1, channels, Cells / Patch, Cells / Patch], dtype: float32), size: [Cells, Cells]);
            var means = decode(latents).Resized(Cells, Cells, ResizeFilter.Box);
            var values = latents.contiguous().data<float>().ToArray();
            for (var cell = 0; cell < Cells * Cells; cell++)
            {
                inputs.Add([.. Enumerable.Range(0, channels).Select(channel => values[channel * Cells * Cells + cell]), 1]);
                colors.Add(means.Pixels.AsSpan(3 * cell, 3).ToArray());
            }
        }
        return new([.. Enumerable.Range(0, 3).Select(color => LeastSquares.Solve(inputs, [.. colors.Select(pixel => (double)pixel[color])]))]);
    }

    /// <summary>Paints latents, a pixel a cell.</summary>
    /// <param name="latents">Scaled latents of one picture, (1, 4, h, w).</param>
    public Picture Paint(Tensor latents)
    {
        float[] values;
        using (NewDisposeScope()) values = latents.to(float32).cpu().contiguous().data<float>().ToArray();
        var picture = new Picture((int)latents.shape[3], (int)latents.shape[2], 3);
        var cells = picture.Width * picture.Height;
        for (var cell = 0; cell < cells; cell++)
            for (var color = 0; color < 3; color++)
            {
                var weights = _weights[color];
                var sum = weights[^1];
                for (var channel = 0; channel < weights.Length - 1; channel++) sum += weights[channel] * values[channel * cells + cell];
                // a latent that is not a number becomes black
                picture.Pixels[3 * cell + color] = (byte)Math.Clamp(sum, 0, 255);
            }
        return picture;
    }
}
