namespace LoraBridge.Diffusion.Noise;

/// <summary>One image's start noise: its seed's first draw, turned towards a variation seed's, or pasted from another size.</summary>
internal static class StartNoise
{
    public static float[] Draw(SeedPlan plan, LatentShape shape, int image, NormalGenerator stream)
    {
        var resized = plan.SeedResizeFromWidth > 0 && plan.SeedResizeFromHeight > 0
            ? shape with { Height = plan.SeedResizeFromHeight / 8, Width = plan.SeedResizeFromWidth / 8 }
            : shape;

        // noise of another size comes from a stream of its own; the image's stream then draws the ground it is pasted on
        var noise = resized == shape ? Fill(stream, shape) : NormalGenerator.First(plan.Origin, plan.SeedOf(image), resized.Count);
        if (plan.SubseedStrength != 0)
        {
            var towards = NormalGenerator.First(plan.Origin, plan.SubseedOf(image), resized.Count);
            noise = Slerp.Between(plan.SubseedStrength, noise, towards, resized);
        }
        return resized == shape ? noise : Paste(noise, resized, Fill(stream, shape), shape);
    }

    private static float[] Fill(NormalGenerator stream, LatentShape shape)
    {
        var values = new float[shape.Count];
        stream.Fill(values);
        return values;
    }

    // centred; what is larger than the ground is cropped on both sides
    private static float[] Paste(float[] patch, LatentShape from, float[] ground, LatentShape to)
    {
        var rows = Overlap(from.Height, to.Height);
        var columns = Overlap(from.Width, to.Width);
        for (var c = 0; c < to.Channels; c++)
            for (var y = 0; y < rows.Length; y++)
                Array.Copy(
                    patch, (c * from.Height + rows.Source + y) * from.Width + columns.Source,
                    ground, (c * to.Height + rows.Target + y) * to.Width + columns.Target,
                    columns.Length);
        return ground;
    }

    // an odd difference rounds towards the start when pasting and loses a cell more when cropping, as upstream's integer division does
    private static (int Source, int Target, int Length) Overlap(int from, int to)
    {
        var offset = (to - from) >> 1;
        return offset >= 0 ? (0, offset, from) : (-offset, 0, from + 2 * offset);
    }
}
