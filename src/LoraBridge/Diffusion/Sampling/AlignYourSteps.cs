namespace LoraBridge.Diffusion.Sampling;

/// <summary>Noise levels that were optimised for ten steps (Sabour et al. 2024, "Align Your Steps", arXiv:2404.14507).</summary>
internal static class AlignYourSteps
{
    private static readonly double[] s_sd1 = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029];
    private static readonly double[] s_sdxl = [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029];

    /// <summary>The published levels, or for another number of them their log-linear interpolation, then 0.</summary>
    public static double[] Sigmas(SchedulerArguments arguments)
    {
        var table = arguments.IsSdxl ? s_sdxl : s_sd1;
        if (arguments.Steps == table.Length) return [.. table, 0];
        // interpolated from the low end up, so a single level is the lowest, as upstream has it
        return [.. SigmaSchedules.Linspace(0, 1, arguments.Steps).Select(at => At(table, 1 - at)).Reverse(), 0];
    }

    // the level at a place between the table's first (0) and last (1) entry
    private static double At(double[] table, double place)
    {
        var index = place * (table.Length - 1);
        var low = Math.Min((int)index, table.Length - 2);
        return Math.Exp(Math.Log(table[low]) + (index - low) * (Math.Log(table[low + 1]) - Math.Log(table[low])));
    }
}
