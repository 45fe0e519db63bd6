using static TorchSharp.torch;

namespace LoraBridge.Training.Objective;

/// <summary>Multires noise: white noise with noise of coarser and coarser sizes on top, so that large areas differ too.</summary>
internal static class CoarseNoise
{
    /// <summary>Adds noise at several sizes, each weaker by the discount, and divides the whole batch by its deviation.</summary>
    /// <param name="noise">White noise, (B, C, h, w).</param>
    /// <param name="place">Where in the run.</param>
    /// <param name="iterations">How many sizes; the first is the full one, and a side of 1 ends them.</param>
    /// <param name="discount">How much weaker each is than the one before.</param>
    /// <returns>(B, C, h, w), of deviation 1.</returns>
    public static Tensor Add(Tensor noise, DrawPlace place, int iterations, double discount)
    {
        using var scope = NewDisposeScope();
        var shape = noise.shape;
        var sizes = place.Batch(DrawPurpose.CoarseNoiseSizes);
        RandomStream[] streams = [.. Enumerable.Range(0, (int)shape[0]).Select(i => place.Sample(i, DrawPurpose.CoarseNoise))];
        var sum = noise.clone();
        for (var i = 0; i < iterations; i++)
        {
            var factor = Math.Pow(2 + 2 * sizes.NextUniform(), i);
            var (height, width) = (Math.Max(1, (long)(shape[2] / factor)), Math.Max(1, (long)(shape[3] / factor)));
            var coarse = White([shape[0], shape[1], height, width], streams);
            sum.add_(nn.functional.interpolate(coarse, size: [shape[2], shape[3]], mode: InterpolationMode.Bilinear, align_corners: false), Math.Pow(discount, i));
            if (height == 1 || width == 1) break;
        }
        return sum.div_(sum.std()).MoveToOuterDisposeScope();
    }

    private static Tensor White(long[] shape, RandomStream[] streams)
    {
        var each = (int)(shape[1] * shape[2] * shape[3]);
        var values = new float[shape[0] * each];
        for (var i = 0; i < streams.Length; i++) streams[i].FillNormals(values.AsSpan(i * each, each));
        return tensor(values, shape, dtype: float32);
    }
}
